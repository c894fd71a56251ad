package io.holdfast.protectiongroup.capacity;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The counters of one stream at one moment, as its router told them.
 *
 * @param capturedBytes that guests changed since the agent started
 * @param sentBytes of batches since the agent started, syncs and repetitions included
 * @param steady whether every volume was in sync
 */
public record TrafficReading(Instant at, long capturedBytes, long sentBytes, boolean steady) {
    /** Words come every 2 s; one row of minutes is written for many of them. */
    static final Duration LEAST = Duration.ofSeconds(60);
    /** Longer than this nobody knows when in between it was written. */
    static final Duration MOST = Duration.ofHours(6);

    /** Whether there is enough between this and a later reading to be noted. Readings out of order have nothing between them. */
    public boolean isDue(TrafficReading later) {
        return Duration.between(at, later.at).compareTo(LEAST) >= 0;
    }

    /**
     * What happened between this and a later reading.
     *
     * @return empty = not observed: counters that went back are those of another process, and too long a time says nothing
     */
    public Optional<Traffic> until(TrafficReading later) {
        Duration between = Duration.between(at, later.at);
        long written = later.capturedBytes - capturedBytes;
        long sent = later.sentBytes - sentBytes;
        if (between.isNegative() || between.isZero() || between.compareTo(MOST) > 0 || written < 0 || sent < 0) {
            return Optional.empty();
        }
        boolean wasSteady = steady && later.steady;
        return Optional.of(new Traffic(at, later.at, written, wasSteady ? written : 0, wasSteady ? sent : 0));
    }
}
