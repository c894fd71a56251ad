package io.holdfast.e2e.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * Reads a number at a fixed rate beside a load. What is slow or fails leaves a hole, which whoever reads the samples has to account for.
 * Reading costs the read part processor time: on two cores, keep it to a few times a second.
 */
final class Sampler implements AutoCloseable {
    /** A value and when it was known, by {@link System#nanoTime}. */
    record Sample(long atNanos, double value) {}

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("bench-sampler").factory());
    private final List<Sample> samples = new ArrayList<>();
    private int failures;

    private Sampler() {}

    static Sampler every(Duration period, DoubleSupplier source) {
        Sampler sampler = new Sampler();
        sampler.thread.scheduleAtFixedRate(() -> sampler.read(source), 0, period.toNanos(), TimeUnit.NANOSECONDS);
        return sampler;
    }

    private void read(DoubleSupplier source) {
        try {
            double value = source.getAsDouble();
            synchronized (this) {
                samples.add(new Sample(System.nanoTime(), value));
            }
        } catch (RuntimeException noAnswer) {
            synchronized (this) {
                failures++;
            }
        }
    }

    synchronized List<Sample> samples() {
        return List.copyOf(samples);
    }

    synchronized int failures() {
        return failures;
    }

    /** Ends the reading; what was read stays. */
    @Override
    public void close() {
        thread.shutdownNow();
        try {
            thread.awaitTermination(30, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
