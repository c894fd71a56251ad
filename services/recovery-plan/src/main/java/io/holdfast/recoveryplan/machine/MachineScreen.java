package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.RunId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The display of a machine's guest, as its agent took it. Evidence of a run: it is kept with the run, and what comes after the run's end is not taken.
 *
 * @param png at most {@link #MAX_BYTES}
 */
public record MachineScreen(UUID machineId, RunId run, Moment moment, Instant takenAt, byte[] png) {
    /** As machine.proto bounds it. */
    public static final int MAX_BYTES = 128 << 10;

    public enum Moment {
        /** Its probes had all passed. */
        READY,
        /** The guest had ended by itself. */
        ENDED,
        /** It was ordered to stop, and was not ready. */
        STOPPED
    }

    /** What a report says of it. @param sha256 of the PNG, in hexadecimal */
    public record Facts(RunId run, UUID machineId, Moment moment, Instant takenAt, int bytes, String sha256) {}

    /** Takes what agents send. Part of the caller's transaction. */
    @FunctionalInterface
    public interface Register {
        /** Takes the newest picture of a machine that was ordered of this agent for a run that goes on; any other is ignored. */
        void seen(AgentId agent, MachineScreen screen);
    }

    /** Thread-safe. */
    @FunctionalInterface
    public interface Known {
        /** Empty if there is no picture of the machine. */
        Optional<Facts> screen(UUID machineId);
    }
}
