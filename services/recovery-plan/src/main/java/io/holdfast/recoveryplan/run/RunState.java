package io.holdfast.recoveryplan.run;

import java.time.Instant;

/**
 * Where a run is. Transitions are methods of the state that allows them; what is not there is not allowed.
 *
 * <pre>
 *  PENDING ─start─► RUNNING ─ready─► READY
 *     │                │               │  finish, expiry, cancel
 *     │ cancel, expiry │ failure,      │
 *     └───────────►    ▼ cancel, expiry▼
 *                  CLEANING_UP ─cleaned─► SUCCEEDED | FAILED | CANCELLED, as the ending says
 *                        └─given up─────► FAILED (CLEANUP_INCOMPLETE)
 * </pre>
 */
public sealed interface RunState {
    /** Name in replies, reports and events. */
    String name();

    /** A run that still goes towards recovery, or holds what it recovered. */
    sealed interface Live extends RunState {
        default CleaningUp end(Instant now, RunEnding ending) {
            return new CleaningUp(now, ending);
        }
    }

    /** A run that does nothing any more. */
    sealed interface Ended extends RunState {
        Instant at();
    }

    /** Ordered; no executor has taken it yet. */
    record Pending() implements Live {
        public Running start(Instant now) {
            return new Running(now);
        }

        @Override
        public String name() {
            return "PENDING";
        }
    }

    record Running(Instant since) implements Live {
        public Ready ready(Instant now) {
            return new Ready(now);
        }

        @Override
        public String name() {
            return "RUNNING";
        }
    }

    /** Every group passed its readiness; the exports can be used until somebody finishes or the run expires. */
    record Ready(Instant since) implements Live {
        @Override
        public String name() {
            return "READY";
        }
    }

    /** Everything that was done is being undone, because of {@code ending}. */
    record CleaningUp(Instant since, RunEnding ending) implements RunState {
        public Ended cleaned(Instant now) {
            return switch (ending) {
                case RunEnding.Finished _ -> new Succeeded(now, ending);
                case RunEnding.Expired _ -> new Succeeded(now, ending);
                case RunEnding.Cancelled _ -> new Cancelled(now, ending);
                case RunEnding.Broken broken -> new Failed(now, broken.failure(), ending);
            };
        }

        /** @param failure names what is left behind */
        public Failed giveUp(Instant now, Failure failure) {
            return new Failed(now, failure, ending);
        }

        @Override
        public String name() {
            return "CLEANING_UP";
        }
    }

    record Succeeded(Instant at, RunEnding ending) implements Ended {
        @Override
        public String name() {
            return "SUCCEEDED";
        }
    }

    record Failed(Instant at, Failure failure, RunEnding ending) implements Ended {
        @Override
        public String name() {
            return "FAILED";
        }
    }

    record Cancelled(Instant at, RunEnding ending) implements Ended {
        @Override
        public String name() {
            return "CANCELLED";
        }
    }
}
