package io.holdfast.kernel.rate;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps to a speed. What is sent is a debt that the speed pays off; something may be sent whenever there is none. So a thing larger than the burst is
 * sent as well, and what follows waits the longer. Over any time <i>t</i> at most {@code speed × (t + burst)} bytes and one thing more are sent.
 *
 * <p>Nothing here waits or calls back: who is told to wait asks again. Threads: any.
 */
public final class TokenBucket {
    /** For {@link #nanosUntilReady}: not before the speed changes. */
    public static final long NOT_NOW = Long.MAX_VALUE;

    private static final double NANOS_PER_SECOND = 1e9;
    /** What the arithmetic may leave of a debt that is paid. */
    private static final double ROUNDING_BYTES = 1e-6;

    private final LongSupplier nanoClock;
    private final double burstSeconds;
    private Speed speed = Speed.UNLIMITED;
    /** Bytes sent and not paid off; negative = saved up for a burst. */
    private double debtBytes;

    private long countedAtNanos;

    /**
     * @param nanoClock monotonic, such as {@code System::nanoTime}
     * @param burst how much of an idle time may be made up for later. Larger: smoother for bursty senders; smaller: a line that is shared with
     *     others sees fewer peaks
     */
    public TokenBucket(LongSupplier nanoClock, Duration burst) {
        if (burst.isNegative()) {
            throw new IllegalArgumentException("a burst is zero or more, not " + burst);
        }
        this.nanoClock = nanoClock;
        this.burstSeconds = burst.toNanos() / NANOS_PER_SECOND;
        this.countedAtNanos = nanoClock.getAsLong();
    }

    /** From now on. A debt stays, in bytes; what was saved up does not. */
    public synchronized void speed(Speed next) {
        if (!next.equals(speed)) {
            count();
            speed = next;
            debtBytes = Math.max(0, debtBytes);
        }
    }

    public synchronized Speed speed() {
        return speed;
    }

    /** How long nothing may be sent at the present speed: 0 = something may be sent now, {@link #NOT_NOW} = closed. */
    public synchronized long nanosUntilReady() {
        count();
        return switch (speed) {
            case Speed.Unlimited _ -> 0;
            case Speed.Closed _ -> NOT_NOW;
            case Speed.Limited limited ->
                debtBytes <= ROUNDING_BYTES
                        ? 0
                        : (long) Math.ceil(debtBytes * NANOS_PER_SECOND / limited.bytesPerSecond());
        };
    }

    public boolean isReady() {
        return nanosUntilReady() == 0;
    }

    /** Notes that so many bytes are sent, whether it was time or not. */
    public synchronized void take(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes sent are 0 or more, not " + bytes);
        }
        count();
        if (!(speed instanceof Speed.Unlimited)) {
            debtBytes += bytes;
        }
    }

    /** Takes so many bytes if something may be sent now. */
    public synchronized boolean tryTake(long bytes) {
        if (nanosUntilReady() > 0) {
            return false;
        }
        take(bytes);
        return true;
    }

    private void count() {
        long now = nanoClock.getAsLong();
        double seconds = (now - countedAtNanos) / NANOS_PER_SECOND;
        countedAtNanos = now;
        switch (speed) {
            case Speed.Unlimited _ -> debtBytes = 0;
            case Speed.Closed _ -> {}
            case Speed.Limited limited ->
                debtBytes = Math.max(
                        -burstSeconds * limited.bytesPerSecond(), debtBytes - seconds * limited.bytesPerSecond());
        }
    }
}
