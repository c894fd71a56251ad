package io.holdfast.e2e.bench;

import java.util.List;

/** When a number that only grows reached its last value. */
record Growth(List<Sampler.Sample> samples) {
    static Growth of(List<Sampler.Sample> samples) {
        if (samples.isEmpty()) {
            throw new IllegalStateException("nothing was sampled");
        }
        return new Growth(samples);
    }

    /** Seconds from {@code startNanos} to the first sample that shows the last value. */
    double secondsToLast(long startNanos) {
        double last = samples.getLast().value();
        return samples.stream()
                .filter(sample -> sample.value() == last)
                .mapToDouble(sample -> (sample.atNanos() - startNanos) / 1e9)
                .findFirst()
                .orElseThrow();
    }
}
