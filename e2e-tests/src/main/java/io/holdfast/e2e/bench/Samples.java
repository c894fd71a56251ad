package io.holdfast.e2e.bench;

import java.util.Arrays;
import java.util.Collection;

/** Numbers of one kind, and what is asked about them. Immutable. */
final class Samples {
    private final double[] sorted;

    /** @throws IllegalStateException when there are none: a percentile of nothing must not look like one */
    Samples(Collection<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalStateException("nothing was sampled");
        }
        sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    int count() {
        return sorted.length;
    }

    double max() {
        return sorted[sorted.length - 1];
    }

    /** Of an even count the mean of the two in the middle. */
    double median() {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** The smallest sample that at least {@code percent} of all samples do not exceed (nearest rank, no interpolation). */
    double percentile(double percent) {
        int rank = (int) Math.ceil(percent / 100 * sorted.length);
        return sorted[Math.clamp(rank - 1, 0, sorted.length - 1)];
    }

    @Override
    public String toString() {
        return Arrays.toString(sorted);
    }
}
