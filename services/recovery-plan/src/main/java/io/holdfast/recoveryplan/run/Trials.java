package io.holdfast.recoveryplan.run;

import java.util.List;
import java.util.Optional;

/**
 * How often a run has begun anew at other points.
 *
 * @param ended in their order
 * @param current the order that began the present trial; empty in the first one
 */
public record Trials(List<Trial> ended, Optional<PointSwitch> current) {
    /** A bound on what one run keeps. */
    public static final int MOST = 20;

    static final Trials FIRST = new Trials(List.of(), Optional.empty());

    public Trials {
        ended = List.copyOf(ended);
    }

    /** Of the present trial, from 1. */
    public int number() {
        return ended.size() + 1;
    }

    /**
     * What the present trial adds to names that it shares with others, such as keys and ids of machines. Nothing in the first one: those of runs that were
     * stored before there were trials stay what they are.
     */
    public String suffix() {
        return ended.isEmpty() ? "" : "-trial-" + number();
    }
}
