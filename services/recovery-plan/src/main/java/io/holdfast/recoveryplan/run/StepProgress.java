package io.holdfast.recoveryplan.run;

import java.time.Instant;
import java.util.Optional;

/**
 * How far a step is. Transitions are methods of the state that allows them.
 *
 * <pre>
 *  Waiting ─begin─► Active ─succeed─► Done
 *     │             │ ▲ │ └──fail───► Failed
 *     │       retry ▼ │ begin (or again, after a crash)
 *     │           RetryDue ──fail───► Failed
 *     └──skip───────┴─┴────skip─────► Skipped
 * </pre>
 */
public sealed interface StepProgress {

    /** Neither Done, Failed nor Skipped: something may still happen. */
    default boolean open() {
        return switch (this) {
            case Waiting _, Active _, RetryDue _ -> true;
            case Done _, Failed _, Skipped _ -> false;
        };
    }

    /** How often the action was begun. */
    default int attempts() {
        return switch (this) {
            case Waiting _ -> 0;
            case Active active -> active.attempt();
            case RetryDue retry -> retry.attempts();
            case Done done -> done.attempts();
            case Failed failed -> failed.attempts();
            case Skipped skipped -> skipped.attempts();
        };
    }

    /** When the first attempt began; empty if none did. */
    default Optional<Instant> firstStartedAt() {
        return switch (this) {
            case Waiting _ -> Optional.empty();
            case Active active -> Optional.of(active.startedAt());
            case RetryDue retry -> Optional.of(retry.startedAt());
            case Done done -> Optional.of(done.startedAt());
            case Failed failed -> Optional.of(failed.startedAt());
            case Skipped skipped -> skipped.startedAt();
        };
    }

    /** Not begun. */
    record Waiting() implements StepProgress {
        public Active begin(Instant now) {
            return new Active(now, 1);
        }

        public Skipped skip(Instant now, String reason) {
            return new Skipped(Optional.empty(), now, 0, reason);
        }

        /** It cannot begin any more: what it needs has failed. */
        public Failed fail(Instant now, Failure failure) {
            return new Failed(now, now, 0, failure);
        }
    }

    /**
     * The action may be under way, or its outcome was lost in a crash.
     *
     * @param startedAt of the first attempt
     * @param attempt from 1
     */
    record Active(Instant startedAt, int attempt) implements StepProgress {
        /** The outcome of this attempt is lost; the action is done again. */
        public Active again() {
            return new Active(startedAt, attempt + 1);
        }

        public Done succeed(Instant now, StepResult result) {
            return new Done(startedAt, now, attempt, result);
        }

        public RetryDue retry(Instant notBefore, Failure last) {
            return new RetryDue(startedAt, attempt, notBefore, last);
        }

        public Failed fail(Instant now, Failure failure) {
            return new Failed(startedAt, now, attempt, failure);
        }

        public Skipped skip(Instant now, String reason) {
            return new Skipped(Optional.of(startedAt), now, attempt, reason);
        }
    }

    record RetryDue(Instant startedAt, int attempts, Instant notBefore, Failure last) implements StepProgress {
        public Active begin() {
            return new Active(startedAt, attempts + 1);
        }

        /** While nothing was tried because the run stood still, no limit of the step ran down. */
        public RetryDue resume(Instant now) {
            return new RetryDue(now, attempts, now, last);
        }

        public Failed fail(Instant now, Failure failure) {
            return new Failed(startedAt, now, attempts, failure);
        }

        public Skipped skip(Instant now, String reason) {
            return new Skipped(Optional.of(startedAt), now, attempts, reason);
        }
    }

    record Done(Instant startedAt, Instant endedAt, int attempts, StepResult result) implements StepProgress {}

    record Failed(Instant startedAt, Instant endedAt, int attempts, Failure failure) implements StepProgress {}

    /** @param startedAt empty if the step never began, so that it had no effect; else its effect is not known */
    record Skipped(Optional<Instant> startedAt, Instant endedAt, int attempts, String reason) implements StepProgress {}
}
