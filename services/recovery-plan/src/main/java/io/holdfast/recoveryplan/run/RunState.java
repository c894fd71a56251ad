package io.holdfast.recoveryplan.run;

import java.time.Instant;
import java.util.Optional;

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
 *
 * <p>{@link Switching} leads from RUNNING and READY back to RUNNING at other points. A failover has more, {@link Halted}, {@link Committing} and {@link Releasing}, and the ends {@link RolledBack} and {@link Released};
 * docs/recovery-runs.md has the whole picture.
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

        public Halted halt(Instant now, String stepId, Failure failure) {
            return new Halted(now, stepId, failure, Optional.empty());
        }

        @Override
        public String name() {
            return "RUNNING";
        }
    }

    /** Every group passed its readiness; the exports can be used until somebody finishes or the run expires. */
    record Ready(Instant since) implements Live {
        public Committing commit(Instant now, String by) {
            return new Committing(now, by);
        }

        @Override
        public String name() {
            return "READY";
        }
    }

    /**
     * A step failed and a person has to say how the run goes on. What was done stands.
     *
     * @param stepId the step that failed first
     * @param committingBy who had ordered the commit that failed; empty if it was a step of recovery
     * @param switching where the run was to go when what it had recovered could not be left; empty if that is not what failed
     */
    record Halted(
            Instant since,
            String stepId,
            Failure failure,
            Optional<String> committingBy,
            Optional<PointSwitch> switching)
            implements Live {
        public Halted(Instant since, String stepId, Failure failure, Optional<String> committingBy) {
            this(since, stepId, failure, committingBy, Optional.empty());
        }

        public Halted {
            // One that was stored before points could be switched has none.
            switching = switching == null ? Optional.empty() : switching;
        }

        public RunState retry(Instant now) {
            if (switching.isPresent()) {
                return new Switching(now, switching.get());
            }
            return committingBy.<RunState>map(by -> new Committing(now, by)).orElseGet(() -> new Running(now));
        }

        @Override
        public String name() {
            return "HALTED";
        }
    }

    /** What was recovered is being left; then the run goes on at other points. Nothing is given back to its source. */
    record Switching(Instant since, PointSwitch to) implements Live {
        public Running switched(Instant now) {
            return new Running(now);
        }

        public Switching insteadTo(PointSwitch other) {
            return new Switching(since, other);
        }

        /** @param failure names what cannot be left */
        public Halted halt(Instant now, String stepId, Failure failure) {
            return new Halted(now, stepId, failure, Optional.empty(), Optional.of(to));
        }

        @Override
        public String name() {
            return "SWITCHING";
        }
    }

    /** Every session is being committed. @param by who ordered it */
    record Committing(Instant since, String by) implements RunState {
        public Succeeded committed(Instant now) {
            return new Succeeded(now, new RunEnding.Committed(by));
        }

        public Halted halt(Instant now, String stepId, Failure failure) {
            return new Halted(now, stepId, failure, Optional.of(by));
        }

        /** Only while no commit may have had an effect. */
        public CleaningUp rollBack(Instant now, String who) {
            return new CleaningUp(now, new RunEnding.RolledBack(who));
        }

        @Override
        public String name() {
            return "COMMITTING";
        }
    }

    /** Everything that was done is being undone, because of {@code ending}. */
    record CleaningUp(Instant since, RunEnding ending) implements RunState {
        public Ended cleaned(Instant now) {
            return switch (ending) {
                case RunEnding.Finished _ -> new Succeeded(now, ending);
                case RunEnding.Expired _ -> new Succeeded(now, ending);
                case RunEnding.Cancelled _ -> new Cancelled(now, ending);
                case RunEnding.RolledBack _ -> new RolledBack(now, ending);
                case RunEnding.Committed _, RunEnding.NotReleased _, RunEnding.Released _ ->
                    throw new IllegalStateException("a committed run is not cleaned up");
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

    /**
     * Machines of a committed run are being stopped, and its sessions ended.
     *
     * @param by who ordered it
     * @param committedBy who had committed the run
     */
    record Releasing(Instant since, String by, String committedBy) implements RunState {
        public Released released(Instant now) {
            return new Released(now, new RunEnding.Released(by, committedBy));
        }

        /** The run is as before, apart from what could be ended. @param failure names what is left */
        public Succeeded giveUp(Instant now, Failure failure) {
            return new Succeeded(now, new RunEnding.NotReleased(committedBy, failure));
        }

        @Override
        public String name() {
            return "RELEASING";
        }
    }

    /** Nothing of a committed run runs any more. */
    record Released(Instant at, RunEnding ending) implements Ended {
        @Override
        public String name() {
            return "RELEASED";
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

    record RolledBack(Instant at, RunEnding ending) implements Ended {
        @Override
        public String name() {
            return "ROLLED_BACK";
        }
    }

    record Cancelled(Instant at, RunEnding ending) implements Ended {
        @Override
        public String name() {
            return "CANCELLED";
        }
    }
}
