package io.holdfast.recoveryplan.support;

import com.google.protobuf.ByteString;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.CommandResult;
import io.holdfast.proto.v1.FenceState;
import io.holdfast.proto.v1.GuestCommandReport;
import io.holdfast.proto.v1.GuestCommandState;
import io.holdfast.proto.v1.HostState;
import io.holdfast.proto.v1.InventoryEvent;
import io.holdfast.proto.v1.MachineCapture;
import io.holdfast.proto.v1.MachineCaptureDisk;
import io.holdfast.proto.v1.MachineHosting;
import io.holdfast.proto.v1.MachineReport;
import io.holdfast.proto.v1.MachineScreen;
import io.holdfast.proto.v1.MachineState;
import io.holdfast.proto.v1.MachinesReport;
import io.holdfast.proto.v1.OwnershipReport;
import io.holdfast.proto.v1.RunGuestCommand;
import io.holdfast.proto.v1.ScreenMoment;
import io.holdfast.proto.v1.ShutDownVm;
import io.holdfast.proto.v1.StartMachine;
import io.holdfast.proto.v1.UnsentRanges;
import io.holdfast.proto.v1.VmFence;
import io.holdfast.testkit.kafka.KafkaFixture;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * An agent with its router under the contract of docs/machines.md: takes orders from real Kafka, answers, and reports whole. Nothing runs behind it.
 */
public final class StandInAgent implements AutoCloseable {
    /** What becomes of ordered machines. */
    public enum Behaviour {
        RUNS,
        FAILS,
        REFUSES,
        NEVER_READY
    }

    /** A picture of one black dot. */
    public static final byte[] DISPLAY = Base64.getDecoder()
            .decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg==");

    private final KafkaFixture kafka = KafkaFixture.shared();
    private final String prefix;
    public final HostId host = HostId.random();
    public final AgentId agent = AgentId.random();
    private final Map<String, MachineReport> machines = new ConcurrentHashMap<>();
    public final List<StartMachine> started = new CopyOnWriteArrayList<>();
    public final List<ShutDownVm> shutDowns = new CopyOnWriteArrayList<>();
    /** Each is done, and fails if its path ends so. */
    public final List<RunGuestCommand> guestCommands = new CopyOnWriteArrayList<>();
    /** Code with which it answers orders to shut down; empty = the VM is down. */
    private volatile String shutDownCode = "";

    private final Thread thread;
    private volatile Behaviour behaviour;
    private volatile boolean closed;
    private int done;

    public StandInAgent(String topicPrefix, Behaviour behaviour) {
        this.prefix = topicPrefix;
        this.behaviour = behaviour;
        kafka.write(
                prefix + "inventory-events",
                0,
                host.toString(),
                InventoryEvent.newBuilder()
                        .setEntityId(host.toString())
                        .setRevision(1)
                        .setHost(HostState.newBuilder()
                                .setHostId(host.toString())
                                .setName("stand-in")
                                .setAgentId(agent.toString())
                                .setAgentConnected(true)
                                .setHosting(MachineHosting.newBuilder()
                                        .addAdapters("qemu")
                                        .addNetworks("lan")
                                        .setMemoryLimitBytes(4L << 30)))
                        .build()
                        .toByteArray());
        thread = Thread.ofVirtual().start(this::work);
    }

    public void behave(Behaviour next) {
        behaviour = next;
    }

    public void refuseToShutDown(String code) {
        shutDownCode = code;
    }

    /** Tells what it has made of the one ownership that it was told. */
    public void fence(String vm, long epoch, FenceState state, UnsentRanges... unsent) {
        tell(AgentEvent.newBuilder()
                .setOwnership(OwnershipReport.newBuilder()
                        .addVms(VmFence.newBuilder()
                                .setVmId(vm)
                                .setEpoch(epoch)
                                .setState(state)
                                .setSinceMicros(1_000_000)
                                .addAllUnsent(List.of(unsent))
                                .setErrorCode(state == FenceState.FENCE_FAILED ? "QMP_GONE" : ""))));
    }

    private void work() {
        while (!closed) {
            try {
                var records = kafka.readAll(prefix + "agent-commands");
                for (; done < records.size(); done++) {
                    AgentCommand command =
                            AgentCommand.parseFrom(records.get(done).value());
                    if (command.getAgentId().equals(agent.toString())) {
                        carryOut(command);
                    }
                }
            } catch (com.google.protobuf.InvalidProtocolBufferException impossible) {
                throw new AssertionError("a command that is none", impossible);
            }
            LockSupport.parkNanos(100_000_000);
        }
    }

    private void carryOut(AgentCommand command) {
        if (command.hasShutDownVm()) {
            shutDowns.add(command.getShutDownVm());
            tell(AgentEvent.newBuilder()
                    .setCommandResult(CommandResult.newBuilder()
                            .setCommandId(command.getCommandId())
                            .setOk(shutDownCode.isEmpty())
                            .setErrorCode(shutDownCode)
                            .setMessage(shutDownCode.isEmpty() ? "" : "the guest runs")));
            return;
        }
        boolean refused = command.hasStartMachine() && behaviour == Behaviour.REFUSES;
        if (command.hasStartMachine() && !refused) {
            StartMachine start = command.getStartMachine();
            if (!machines.containsKey(start.getMachineId())) {
                started.add(start);
                machines.put(start.getMachineId(), report(start));
                show(start, behaviour == Behaviour.FAILS ? ScreenMoment.SCREEN_ENDED : ScreenMoment.SCREEN_READY);
            }
        } else if (command.hasRunGuestCommand()) {
            guestCommands.add(command.getRunGuestCommand());
            machines.computeIfPresent(command.getRunGuestCommand().getMachineId(), (_, report) -> report.toBuilder()
                    .addGuestCommands(ended(command.getRunGuestCommand()))
                    .build());
        } else if (command.hasStopMachine()) {
            machines.remove(command.getStopMachine().getMachineId());
        }
        tell(AgentEvent.newBuilder()
                .setCommandResult(CommandResult.newBuilder()
                        .setCommandId(command.getCommandId())
                        .setOk(!refused)
                        .setErrorCode(refused ? "NOT_ENOUGH_MEMORY" : "")
                        .setMessage(refused ? "the limit is reached" : "")));
        tell(AgentEvent.newBuilder().setMachines(MachinesReport.newBuilder().addAllMachines(machines.values())));
    }

    private static GuestCommandReport ended(RunGuestCommand command) {
        boolean fails = command.getPath().endsWith("/fail");
        return GuestCommandReport.newBuilder()
                .setKey(command.getKey())
                .setAttempt(command.getAttempt())
                .setState(GuestCommandState.GUEST_COMMAND_ENDED)
                .setErrorCode(fails ? "GUEST_COMMAND_FAILED" : "")
                .setMessage(fails ? "exit code 3" : "exit code 0")
                .setOutput(command.getPath() + " said this")
                .build();
    }

    private void show(StartMachine start, ScreenMoment moment) {
        show(start.getMachineId(), start.getRunId(), moment, DISPLAY);
    }

    /** Says that this is what a machine's display shows. */
    public void show(String machine, String run, ScreenMoment moment, byte[] png) {
        tell(AgentEvent.newBuilder()
                .setMachineScreen(MachineScreen.newBuilder()
                        .setMachineId(machine)
                        .setRunId(run)
                        .setTakenAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()))
                        .setMoment(moment)
                        .setPng(ByteString.copyFrom(png))));
    }

    private MachineReport report(StartMachine start) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        MachineReport.Builder report = MachineReport.newBuilder()
                .setMachineId(start.getMachineId())
                .setVmId(start.getVmId())
                .setRunId(start.getRunId())
                .setStateSinceMicros(now);
        return switch (behaviour) {
            case FAILS ->
                report.setState(MachineState.FAILED)
                        .setErrorCode("MACHINE_ENDED")
                        .setMessage("the guest ended by itself")
                        .setConsoleTail("Kernel panic - not syncing\0")
                        .build();
            case NEVER_READY ->
                report.setState(MachineState.RUNNING)
                        .setErrorCode("PROBE_FAILED")
                        .setMessage("nobody listens")
                        .setConsoleTail("booting")
                        .build();
            case RUNS, REFUSES ->
                report.setState(MachineState.RUNNING)
                        .setReadyAtMicros(now)
                        .setConsoleTail("login:")
                        .setCapture(MachineCapture.newBuilder()
                                .setQmpSocket("/run/machine/capture.qmp")
                                .addDisks(MachineCaptureDisk.newBuilder()
                                        .setVolumeId(start.getVolumes(0).getVolumeId())
                                        .setQemuNode("disk0")))
                        .build();
        };
    }

    private void tell(AgentEvent.Builder event) {
        kafka.write(
                prefix + "agent-events",
                0,
                agent.toString(),
                event.setAgentId(agent.toString())
                        .setAtMicros(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()))
                        .build()
                        .toByteArray());
    }

    /** Ids of machines that run now, by its own word. */
    public List<String> machines() {
        return new ArrayList<>(machines.keySet());
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
