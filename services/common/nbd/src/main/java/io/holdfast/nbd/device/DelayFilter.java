package io.holdfast.nbd.device;

import io.holdfast.nbd.BlockDevice;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Makes operations take longer: each waits on its own thread before it reaches the device below, so a delay limits rate only through the
 * number of operations in flight. The delay can be changed at any time and applies to operations that begin afterwards.
 */
public final class DelayFilter extends OperationFilter {
    /** The longest delay of one operation. A longer one is cut to it. */
    public static final Duration LONGEST = Duration.ofMinutes(1);

    private volatile Function<Operation, Duration> delay = _ -> Duration.ZERO;

    /** Starts without any delay. */
    public DelayFilter(BlockDevice below) {
        super(below);
    }

    /** Every operation waits this long. */
    public void delayAll(Duration duration) {
        Objects.requireNonNull(duration);
        delayBy(_ -> duration);
    }

    /** Each operation waits as long as the function says; called by many threads at once. */
    public void delayBy(Function<Operation, Duration> chosen) {
        delay = Objects.requireNonNull(chosen);
    }

    @Override
    protected void before(Operation operation) {
        Duration chosen = delay.apply(operation);
        long nanos = Math.min(chosen.toNanos(), LONGEST.toNanos());
        long end = System.nanoTime() + nanos;
        boolean interrupted = false;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
