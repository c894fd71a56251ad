package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.function.IntFunction;

/** Plays a story once for each place where its executor can die, and a last time without a death. */
final class Deaths {
    /** A place beyond all that any story has: nobody dies. */
    static final int NEVER = 100_000;

    private final Set<String> places = new HashSet<>();
    private int count;

    /** @param story plays and checks the story in a world whose executor dies at the place of that number, and answers with the world */
    static Deaths everywhere(IntFunction<RunWorld> story) {
        return new Deaths().from(0, story);
    }

    /** Further deaths, from that place on. */
    Deaths from(int first, IntFunction<RunWorld> story) {
        for (int dieAt = first; ; dieAt++) {
            RunWorld world = story.apply(dieAt);
            if (!world.crash.died()) {
                return this;
            }
            places.add(world.crash.reached().getLast());
            count++;
        }
    }

    Set<String> places() {
        return places;
    }

    /** Fails if one of the steps has no effect before and after which the executor died: then the story did not test what it says. */
    Deaths happenedAround(Iterable<String> steps) {
        for (String step : steps) {
            assertThat(places)
                    .as("the loop really died around this step")
                    .contains("before the effect of " + step, "after the effect of " + step);
        }
        return this;
    }

    /** Fails if the executor never died right after this state was stored. */
    Deaths happenedAfter(String state) {
        assertThat(places).anyMatch(place -> place.startsWith("after the commit of " + state));
        return this;
    }

    @Override
    public String toString() {
        return "killed %d times at %d places".formatted(count, places.size());
    }
}
