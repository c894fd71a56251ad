package io.holdfast.recoveryplan.machine;

import java.time.Instant;
import java.util.Optional;

/** What is heard of a machine after an order about it. */
public sealed interface MachineWord {

    /** Nothing yet. */
    record Silence() implements MachineWord {}

    /** The agent or the router refused the order that was sent. */
    record Refused(String code, String message) implements MachineWord {}

    /**
     * The newest report of its agent has it.
     *
     * @param code stable code and a sentence: of the failure if FAILED, of the probe that fails now if RUNNING; else empty
     * @param readyAt when all its probes had passed
     * @param consoleTail what its first serial port printed last
     * @param capture how its writes can be captured; empty if the agent does not say
     */
    record Reported(
            State state,
            Instant since,
            String code,
            String message,
            Optional<Instant> readyAt,
            String consoleTail,
            Optional<MachineCapture> capture)
            implements MachineWord {
        public Reported(
                State state,
                Instant since,
                String code,
                String message,
                Optional<Instant> readyAt,
                String consoleTail) {
            this(state, since, code, message, readyAt, consoleTail, Optional.empty());
        }
    }

    enum State {
        STARTING,
        RUNNING,
        FAILED
    }
}
