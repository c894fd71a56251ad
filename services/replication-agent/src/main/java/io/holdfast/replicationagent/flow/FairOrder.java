package io.holdfast.replicationagent.flow;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * Whose turn it is among parties that share a line: each gets a share in proportion to its weight, whatever the sizes of what it sends (feature F56).
 *
 * <p>Start-time fair queueing: every party has a virtual time that advances by bytes / weight when it sends; the one that is furthest behind is next. Who was silent starts at the
 * present virtual time, so silence saves nothing up. No party starves: between two turns of one, another with a weight <i>k</i> times as high sends at most <i>k</i> times as much and one batch.
 *
 * <p>Threads: one at a time.
 *
 * @param <P> a party
 */
public final class FairOrder<P> {
    private final Map<P, Double> finished = new HashMap<>();
    private double virtualTime;

    /** Each priority step has twice the share of the one below (agent.proto). */
    public static int weightOf(int priority) {
        return 1 << priority;
    }

    /** Who of those that have something to send is next; the first among equals. */
    public Optional<P> next(Collection<P> ready) {
        P best = null;
        double earliest = Double.POSITIVE_INFINITY;
        for (P party : ready) {
            double start = startOf(party);
            if (start < earliest) {
                earliest = start;
                best = party;
            }
        }
        return Optional.ofNullable(best);
    }

    public void sent(P party, long bytes, ToIntFunction<P> weight) {
        double start = startOf(party);
        virtualTime = start;
        finished.put(party, start + (double) bytes / weight.applyAsInt(party));
    }

    private double startOf(P party) {
        return Math.max(virtualTime, finished.getOrDefault(party, 0.0));
    }

    /** Forgets everybody else. */
    public void keep(Collection<P> parties) {
        finished.keySet().retainAll(parties);
    }
}
