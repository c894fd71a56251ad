package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.StopMachine;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.hosting.ServedMachines;
import io.holdfast.replicationagent.machine.MachineId;
import io.holdfast.replicationagent.machine.Machines;
import io.holdfast.replicationagent.uplink.CommandMemory;
import io.holdfast.replicationagent.uplink.CommandMemory.Outcome;
import io.holdfast.replicationagent.uplink.CommandMemory.Outcome.Failure;
import java.time.Duration;
import java.util.Optional;

/** Carries out the control plane's commands, each once. Threads: the control thread only. */
public final class CommandDesk {
    private static final System.Logger LOG = System.getLogger(CommandDesk.class.getName());

    private final AgentId agent;
    private final ServedMachines machines;
    private final Machines hosted;
    private final CommandMemory memory = new CommandMemory();

    /**
     * @param machines whose disks are served
     * @param hosted run for recovery runs
     */
    public CommandDesk(AgentId agent, ServedMachines machines, Machines hosted) {
        this.hosted = hosted;
        this.agent = agent;
        this.machines = machines;
    }

    /** @throws HoldfastException {@code INVALID_ID} when the command has no id that could be answered to */
    Outcome carryOut(AgentCommand command) {
        return memory.once(CommandId.parse(command.getCommandId()), () -> attempt(command));
    }

    private Optional<Failure> attempt(AgentCommand command) {
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
                case CUT_CHECKPOINT, RESYNC, SHUT_DOWN_VM, COMMAND_NOT_SET ->
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
