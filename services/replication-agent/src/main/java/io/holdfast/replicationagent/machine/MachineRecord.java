package io.holdfast.replicationagent.machine;

/** What survives the agent. */
public record MachineRecord(MachineOrder order, MachineState state) {
    MachineRecord with(MachineState next) {
        return new MachineRecord(order, next);
    }
}
