package io.holdfast.nbd;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition, never for a time; gives up loudly. */
final class Await {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Await() {}

    /** {@code evidence} says in the failure what was there instead. */
    static void until(String what, BooleanSupplier condition, Supplier<?> evidence) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not in " + PATIENCE + ": " + what + "; instead: " + evidence.get());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
