package io.holdfast.e2e.bench;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting whose resolution is part of the measurement, so finer than the client's own. */
final class Poll {
    private Poll() {}

    /**
     * Asks until it is true.
     *
     * @param pause between two questions: the error that this adds to a measured time
     * @throws IllegalStateException after {@code limit}
     */
    static void until(String what, Duration pause, Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("after " + limit + " still not: " + what);
            }
            LockSupport.parkNanos(pause.toNanos());
        }
    }

    static double secondsSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
