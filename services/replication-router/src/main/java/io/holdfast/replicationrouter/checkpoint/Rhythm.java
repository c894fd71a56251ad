package io.holdfast.replicationrouter.checkpoint;

import java.time.Duration;

/**
 * How often the timer cuts.
 *
 * @param interval from one order to the next
 * @param appInterval from one APP checkpoint of the timer to the next; zero = none
 */
public record Rhythm(Duration interval, Duration appInterval) {
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration MOST_PAUSE = Duration.ofMinutes(1);
    private static final int MOST_DOUBLINGS = 6;

    public static Rhythm crashOnly(Duration interval) {
        return new Rhythm(interval, Duration.ZERO);
    }

    /**
     * From the order of a cut that was discarded to the next order. Doubled with every failed hold in a row, up to a minute: each may have cost guests the
     * hold's limit.
     */
    Duration pauseAfterDiscard(int failedHolds) {
        if (failedHolds == 0) {
            return least(interval, RETRY);
        }
        return least(interval.multipliedBy(1L << Math.min(failedHolds, MOST_DOUBLINGS)), MOST_PAUSE);
    }

    private static Duration least(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    boolean cutsApp() {
        return appInterval.isPositive();
    }
}
