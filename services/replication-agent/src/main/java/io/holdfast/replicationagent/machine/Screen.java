package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;

/**
 * The display of a machine's guest at a moment that matters.
 *
 * @param number grows with each picture that this agent has taken since its start
 */
public record Screen(
        long number, MachineId machine, VmId vm, RunId run, Moment moment, long takenAtMicros, Screenshot picture) {

    public enum Moment {
        /** Its probes had all passed. */
        READY,
        /** The guest had ended by itself. */
        ENDED,
        /** It was ordered to stop, and was not ready. */
        STOPPED
    }
}
