package io.holdfast.e2e.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Two things measured in turns, A B A B A B.
 *
 * <p>A shared machine becomes faster and slower over minutes. Neighbouring runs see nearly the same machine, so the ratio is taken within
 * each pair and the median of those ratios is the result; absolute values of different pairs are never divided by each other.
 */
final class Pairs<T> {
    private record Pair<T>(T ours, T peer) {}

    private final List<Pair<T>> pairs;

    private Pairs(List<Pair<T>> pairs) {
        this.pairs = pairs;
    }

    /**
     * Runs each side once for nothing, so that just-in-time compilers and caches of both sides are warm, and then in turns. A pair of which one side
     * fails is repeated: on a shared machine a run may be starved. At most {@code count} pairs more are run.
     *
     * @param count of pairs
     * @throws IllegalStateException when less than half of the pairs could be measured; the cause is the last failure
     */
    static <T> Pairs<T> alternate(int count, Supplier<T> ours, Supplier<T> peer) {
        RuntimeException last = null;
        try {
            ours.get();
            peer.get();
        } catch (IllegalStateException cold) {
            last = cold;
        }
        List<Pair<T>> pairs = new ArrayList<>();
        for (int attempt = 0; attempt < 2 * count && pairs.size() < count; attempt++) {
            try {
                T first = ours.get();
                pairs.add(new Pair<>(first, peer.get()));
            } catch (IllegalStateException starved) {
                System.out.println("       a pair is repeated: " + starved.getMessage());
                last = starved;
            }
        }
        if (2 * pairs.size() < count) {
            throw new IllegalStateException(
                    "%d of %d pairs were measured; the last failure: %s"
                            .formatted(pairs.size(), count, last == null ? "none" : last.getMessage()),
                    last);
        }
        return new Pairs<>(pairs);
    }

    double medianOurs(ToDoubleFunction<T> value) {
        return new Samples(pairs.stream()
                        .map(pair -> value.applyAsDouble(pair.ours()))
                        .toList())
                .median();
    }

    double medianPeer(ToDoubleFunction<T> value) {
        return new Samples(pairs.stream()
                        .map(pair -> value.applyAsDouble(pair.peer()))
                        .toList())
                .median();
    }

    /** Ours divided by the peer's, pair by pair. */
    Samples ratios(ToDoubleFunction<T> value) {
        return new Samples(pairs.stream()
                .map(pair -> value.applyAsDouble(pair.ours()) / value.applyAsDouble(pair.peer()))
                .toList());
    }

    /** The row for one of the measured values. */
    Row row(String what, String unit, ToDoubleFunction<T> value, Budget budget) {
        Samples ratios = ratios(value);
        return Row.compared(what, unit, medianOurs(value), medianPeer(value), ratios.median(), budget)
                .with("pairs", pairs.size())
                .with("ratio smallest", ratios.percentile(0))
                .with("ratio largest", ratios.max());
    }
}
