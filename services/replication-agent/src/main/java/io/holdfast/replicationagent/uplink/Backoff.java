package io.holdfast.replicationagent.uplink;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: doubles from {@code first} to {@code most}, and each wait is drawn between half of that and all of it, so that many
 * agents do not come back at the same moment.
 *
 * <p>Threads: one at a time.
 */
public final class Backoff {
    private final long firstMillis;
    private final long mostMillis;
    private final RandomGenerator random;
    private long nextMillis;

    public Backoff(Duration first, Duration most, RandomGenerator random) {
        this.firstMillis = first.toMillis();
        this.mostMillis = most.toMillis();
        this.random = random;
        this.nextMillis = firstMillis;
    }

    /** The wait after one more failure. */
    public Duration next() {
        long whole = nextMillis;
        nextMillis = Math.min(mostMillis, nextMillis * 2);
        return Duration.ofMillis(whole / 2 + random.nextLong(whole / 2 + 1));
    }

    /** After a success. */
    public void reset() {
        nextMillis = firstMillis;
    }
}
