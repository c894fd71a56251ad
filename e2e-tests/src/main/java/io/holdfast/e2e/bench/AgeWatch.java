package io.holdfast.e2e.bench;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * How old the newest recoverable checkpoint was, for every tenth of a second of a period.
 *
 * <p>The journal is asked which checkpoint is its newest; from one answer to the next the age grows by the clock. So a journal that lists
 * nothing, or does not answer, shows as an age that grows for as long as that lasts, and not as one slow sample.
 */
final class AgeWatch implements AutoCloseable {
    private static final Duration STEP = Duration.ofMillis(100);

    private final long startNanos = System.nanoTime();
    private final long startMicros = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    private final Sampler sampler;

    private AgeWatch(Pipeline pipeline, Duration period) {
        sampler = Sampler.every(period, pipeline::newestCutMicros);
    }

    /** @param period between two questions: what an age may be too high by */
    static AgeWatch start(Pipeline pipeline, Duration period) {
        return new AgeWatch(pipeline, period);
    }

    /** Ages in seconds, from the first answer until now. */
    Samples ages() {
        List<Sampler.Sample> answers = sampler.samples();
        if (answers.isEmpty()) {
            throw new IllegalStateException(
                    "the journal named no checkpoint in %d questions".formatted(sampler.failures()));
        }
        List<Double> ages = new ArrayList<>();
        int known = 0;
        long end = System.nanoTime();
        for (long at = answers.getFirst().atNanos(); at < end; at += STEP.toNanos()) {
            while (known + 1 < answers.size() && answers.get(known + 1).atNanos() <= at) {
                known++;
            }
            double nowMicros = startMicros + (at - startNanos) / 1e3;
            ages.add((nowMicros - answers.get(known).value()) / 1e6);
        }
        return new Samples(ages);
    }

    @Override
    public void close() {
        sampler.close();
    }
}
