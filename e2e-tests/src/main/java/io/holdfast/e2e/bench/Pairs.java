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
     * Runs each side once for nothing, so that just-in-time compilers and caches of both sides are warm, and then in turns.
     *
     * @param count of pairs
     */
    static <T> Pairs<T> alternate(int count, Supplier<T> ours, Supplier<T> peer) {
        ours.get();
        peer.get();
        List<Pair<T>> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            T first = ours.get();
            pairs.add(new Pair<>(first, peer.get()));
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
