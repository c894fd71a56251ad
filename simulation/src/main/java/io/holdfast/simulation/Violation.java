package io.holdfast.simulation;

/** A rule of the architecture was broken in a run. */
public final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    private final Rule rule;

    /** Invariants of the architecture, section 9, by number, and what every run must end with. */
    public enum Rule {
        /** A listed checkpoint, or a place of a consistent range, is not an instant of the guests' write order. */
        INVARIANT_1,
        /** Acknowledged to the agent and not in Kafka, or Kafka holds a stream with a hole. */
        INVARIANT_2,
        /** Applying again gives another journal. */
        INVARIANT_4,
        /** A guest's write did not return though its disk did. */
        INVARIANT_5,
        /** Memory that was lent is not given back. */
        INVARIANT_6,
        /** A checkpoint says that it is younger than what it holds. */
        INVARIANT_7,
        /** After the faults end, everything gets in sync and checkpoints are listed again. */
        SETTLES
    }

    Violation(Rule rule, String what) {
        super(rule + ": " + what);
        this.rule = rule;
    }

    public Rule rule() {
        return rule;
    }
}
