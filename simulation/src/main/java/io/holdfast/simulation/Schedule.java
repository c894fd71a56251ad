package io.holdfast.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;

/** The one source of every decision of a run: the same seed gives the same run. One thread. */
final class Schedule {
    private final long seed;
    private final SplittableRandom random;
    private final boolean traced;
    private final List<String> trace = new ArrayList<>();

    Schedule(long seed, boolean traced) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.traced = traced;
    }

    long seed() {
        return seed;
    }

    /** 0 to {@code bound - 1}. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean oneIn(int chances) {
        return random.nextInt(chances) == 0;
    }

    <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    UUID id() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    /** Says what happens; costs nothing in a run that is not traced. */
    void note(Supplier<String> what) {
        if (traced) {
            trace.add(what.get());
        }
    }

    List<String> trace() {
        return trace;
    }
}
