package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.StopMachine;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.hosting.GuestShutdown;
import io.holdfast.replicationagent.hosting.ServedMachines;
import io.holdfast.replicationagent.machine.MachineId;
import io.holdfast.replicationagent.machine.Machines;
import io.holdfast.replicationagent.uplink.CommandMemory;
import io.holdfast.replicationagent.uplink.CommandMemory.Outcome;
import io.holdfast.replicationagent.uplink.CommandMemory.Outcome.Failure;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Carries out the control plane's commands, each once. Threads: {@link #carryOut} by the control thread only; answers to long ones come by others. */
public final class CommandDesk {
    private static final System.Logger LOG = System.getLogger(CommandDesk.class.getName());

    private final AgentId agent;
    private final ServedMachines machines;
    private final Machines hosted;
    private final ShutdownDesk shutdowns;
    private final CommandMemory memory = new CommandMemory();

    /**
     * @param machines whose disks are served
     * @param hosted run for recovery runs
     * @param shutdown of guests of the served machines
     */
    public CommandDesk(AgentId agent, ServedMachines machines, Machines hosted, GuestShutdown shutdown) {
        this.shutdowns = new ShutdownDesk(shutdown);
        this.hosted = hosted;
        this.agent = agent;
        this.machines = machines;
    }

    /**
     * @param answer is told what has come of the command: before this returns, or later on another thread when it takes long
     * @throws HoldfastException {@code INVALID_ID} when the command has no id that could be answered to
     */
    void carryOut(AgentCommand command, Consumer<Outcome> answer) {
        CommandId id = CommandId.parse(command.getCommandId());
        if (shutdowns.join(id, answer)) {
            return;
        }
        // In this order: what ends is in the memory before it is no longer under way.
        Optional<Outcome> known;
        synchronized (memory) {
            known = memory.known(id);
        }
        if (known.isPresent()) {
            answer.accept(known.get());
        } else {
            Optional<Failure> failure = attempt(id, command, answer);
            if (failure.isPresent() || !command.hasShutDownVm()) {
                Outcome outcome = new Outcome(id, failure);
                keep(outcome);
                answer.accept(outcome);
            }
        }
    }

    private void keep(Outcome outcome) {
        synchronized (memory) {
            memory.keep(outcome);
        }
    }

    private Optional<Failure> attempt(CommandId id, AgentCommand command, Consumer<Outcome> answer) {
        try {
            if (!command.getAgentId().equals(agent.toString())) {
                throw new HoldfastException(
                        AgentError.COMMAND_MALFORMED,
                        "the command is for agent '%s', this is agent %s".formatted(command.getAgentId(), agent));
            }
            if (command.getExpiresAtMicros() > 0 && command.getExpiresAtMicros() < Changes.nowMicros()) {
                throw new HoldfastException(AgentError.COMMAND_EXPIRED, "the command came after its time");
            }
            switch (command.getCommandCase()) {
                case ATTACH_VM -> machines.attach(Frames.attachment(command.getAttachVm()));
                case DETACH_VM ->
                    machines.detach(VmId.parse(command.getDetachVm().getVmId()));
                case START_MACHINE -> hosted.start(MachineFrames.order(command.getStartMachine()));
                case STOP_MACHINE -> {
                    StopMachine stop = command.getStopMachine();
                    hosted.stop(
                            new MachineId(stop.getMachineId()),
                            Duration.ofMillis(Integer.toUnsignedLong(stop.getGraceMs())));
                }
                case RUN_GUEST_COMMAND ->
                    hosted.runInGuest(
                            new MachineId(command.getRunGuestCommand().getMachineId()),
                            MachineFrames.guestCommand(command.getRunGuestCommand()));
                case SHUT_DOWN_VM -> shutdowns.begin(id, command.getShutDownVm(), this::keep, answer);
                case CUT_CHECKPOINT, RESYNC, COMMAND_NOT_SET ->
                    throw new HoldfastException(
                            AgentError.COMMAND_UNSUPPORTED,
                            "an agent does not carry out commands of kind " + command.getCommandCase());
            }
            return Optional.empty();
        } catch (HoldfastException refused) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A command is refused; command=" + command.getCommandId() + " code="
                            + refused.code().name() + ": " + refused.getMessage());
            return Optional.of(new Failure(refused.code().name(), refused.getMessage()));
        } catch (RuntimeException defect) {
            LOG.log(System.Logger.Level.ERROR, "A command failed; command=" + command.getCommandId(), defect);
            return Optional.of(new Failure("INTERNAL", "the agent failed to carry out the command; its log says why"));
        }
    }
}
