package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.machine.MachineOrder;
import io.holdfast.recoveryplan.machine.MachineWord;
import java.time.Duration;
import java.util.UUID;

/**
 * Orders to agents about machines, and what they report. Thread-safe; every call is bounded in time.
 */
public interface MachineOrders {

    /**
     * Orders the machine unless it is reported already, and listens until it runs, has failed or was refused, at most for the answer wait.
     *
     * @param commandId of this attempt
     * @throws io.holdfast.kernel.error.HoldfastException {@code MACHINE_STOP_ORDERED} if {@link #stop} was called for it: nothing is sent
     */
    MachineWord start(MachineOrder order, UUID commandId);

    /** What the newest report of its agent says, without waiting. */
    MachineWord look(AgentId agent, UUID machineId);

    /**
     * Bars the machine from being started by anybody from now on, orders it to stop, and listens for the answer wait.
     *
     * @param grace for the guest to shut down by itself
     */
    Stopped stop(RunId run, AgentId agent, UUID machineId, UUID commandId, Duration grace);

    /** What became of an order to stop. */
    enum Stopped {
        /** No order to start it was ever sent. */
        NEVER_ORDERED,
        /** The agent has agreed and does not report it any more. */
        GONE,
        NOT_YET
    }
}
