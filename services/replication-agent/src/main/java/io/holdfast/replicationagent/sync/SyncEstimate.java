package io.holdfast.replicationagent.sync;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * How long a sync will take: dirty bytes, divided by how fast they shrank in the last minute. What guests dirty meanwhile counts against it. There is no estimate
 * before {@link #LEAST} of work, after the sync stood still, or when the dirty bytes do not shrink.
 *
 * <p>Threads: one at a time. Bounded: one sample a second.
 */
final class SyncEstimate {
    private static final Duration LEAST = Duration.ofSeconds(5);
    private static final Duration MOST = Duration.ofMinutes(1);
    private static final Duration STEP = Duration.ofSeconds(1);

    private final LongSupplier nanoClock;
    private final Deque<Sample> samples = new ArrayDeque<>();

    private record Sample(long atNanos, long dirtyBytes) {}

    SyncEstimate(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** The sync stands still, or another begins: the past says nothing about what comes. */
    void restart() {
        samples.clear();
    }

    /** Notes how much is dirty now. */
    void note(long dirtyBytes) {
        long now = nanoClock.getAsLong();
        if (samples.isEmpty() || now - samples.getLast().atNanos() >= STEP.toNanos()) {
            samples.addLast(new Sample(now, dirtyBytes));
        }
        while (now - samples.getFirst().atNanos() > MOST.toNanos()) {
            samples.removeFirst();
        }
    }

    /** Milliseconds, at least 1; 0 = there is no honest estimate. */
    long remainingMs(long dirtyBytes) {
        if (samples.isEmpty()) {
            return 0;
        }
        Sample oldest = samples.getFirst();
        long nanos = nanoClock.getAsLong() - oldest.atNanos();
        long shrunkBytes = oldest.dirtyBytes() - dirtyBytes;
        if (nanos < LEAST.toNanos() || shrunkBytes <= 0) {
            return 0;
        }
        double millis = (double) dirtyBytes * nanos / shrunkBytes / 1e6;
        return Math.max(1, Math.round(millis));
    }
}
