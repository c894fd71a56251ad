package io.holdfast.testkit;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Waits for a condition with a deadline, and says on failure what was seen instead.
 *
 * <p>Tests use this in place of sleeping: they end as soon as the condition holds. May be called from any thread; an
 * interrupt ends the wait with an {@link AssertionError}.
 */
public final class Eventually {
    private static final long POLL_NANOS = Duration.ofMillis(20).toNanos();

    private Eventually() {}

    /** An assertion that may fail for now. */
    @FunctionalInterface
    public interface Check {
        void run() throws Exception;
    }

    /** Waits until the condition is true; the last exception of the condition is the evidence. */
    public static void await(String description, Duration deadline, Callable<Boolean> condition) {
        await(description, deadline, condition, () -> "no further evidence");
    }

    /**
     * Waits until the condition is true.
     *
     * @param description what is waited for, as a sentence: it opens the error message
     * @param evidence what the test sees instead; asked for only on failure
     * @throws AssertionError when the deadline passes
     */
    public static void await(
            String description, Duration deadline, Callable<Boolean> condition, Supplier<String> evidence) {
        Objects.requireNonNull(evidence, "evidence");
        until(description, deadline, () -> {
            if (!Boolean.TRUE.equals(condition.call())) {
                throw new AssertionError(evidence.get());
            }
        });
    }

    /**
     * Runs the assertions again and again until they pass.
     *
     * @throws AssertionError when the deadline passes, with the last failure as its cause
     */
    public static void until(String description, Duration deadline, Check assertions) {
        long end = System.nanoTime() + deadline.toNanos();
        while (true) {
            Throwable failure;
            try {
                assertions.run();
                return;
            } catch (Exception | AssertionError notYet) {
                failure = notYet;
            }
            if (System.nanoTime() >= end || Thread.currentThread().isInterrupted()) {
                throw new AssertionError(
                        "%s: not within %s; last seen: %s".formatted(description, deadline, failure), failure);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
