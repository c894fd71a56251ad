package io.holdfast.recoveryplan.rehearsal;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a plan is rehearsed by itself, and how (docs/rehearsals.md).
 *
 * @param serveFor how long a READY rehearsal goes on before it is finished
 * @param limit the run's expiry, counted from its start; longer than {@code serveFor}
 */
public record RehearsalSchedule(Recurrence recurrence, Point point, Duration serveFor, Duration limit, Missed missed) {
    /** Noticed later than this, a time counts as missed. */
    public static final Duration LATE = Duration.ofMinutes(10);

    /** Of missed times that are counted one by one. */
    private static final int MOST_COUNTED = 10_000;

    /** Which checkpoint of every protection group. */
    public enum Point {
        LATEST,
        LATEST_APP,
        LATEST_VERIFIED
    }

    /** What becomes of times that passed while nobody looked. */
    public enum Missed {
        RUN_ONCE,
        SKIP
    }

    /**
     * What is due.
     *
     * @param at the last due time that is not in the future
     * @param before how many due times before it were missed as well
     * @param next the first one in the future; empty = never again
     */
    public record Due(Instant at, int before, Optional<Instant> next) {
        public boolean missed(Instant now) {
            return at.plus(LATE).isBefore(now);
        }
    }

    /** @param noted the due time that was noted last; not in the future */
    public Due due(Instant noted, Instant now) {
        Instant at = noted;
        Optional<Instant> next = recurrence.next(at);
        int before = 0;
        while (next.isPresent() && !next.get().isAfter(now) && before < MOST_COUNTED) {
            at = next.get();
            next = recurrence.next(at);
            before++;
        }
        return new Due(at, before, next.isPresent() && !next.get().isAfter(now) ? recurrence.next(now) : next);
    }
}
