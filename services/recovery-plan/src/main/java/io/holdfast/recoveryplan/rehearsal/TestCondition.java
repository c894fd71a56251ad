package io.holdfast.recoveryplan.rehearsal;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether a plan was shown to work lately: the one rule for REST, metric, alert, preflight and command line.
 *
 * @param lastGood when the last TEST that recovered everything and was cleaned up was ordered
 * @param overdueAfter how old it may be
 */
public record TestCondition(State state, Optional<Instant> lastGood, Duration overdueAfter) {
    public enum State {
        TESTED,
        TEST_OVERDUE,
        NEVER_TESTED
    }

    public static TestCondition of(Optional<Instant> lastGood, Duration overdueAfter, Instant now) {
        State state = lastGood.map(
                        tested -> tested.plus(overdueAfter).isBefore(now) ? State.TEST_OVERDUE : State.TESTED)
                .orElse(State.NEVER_TESTED);
        return new TestCondition(state, lastGood, overdueAfter);
    }

    public boolean isOverdue() {
        return state != State.TESTED;
    }

    /** From when on it is, or would be, overdue; empty if it was never tested. */
    public Optional<Instant> overdueFrom() {
        return lastGood.map(tested -> tested.plus(overdueAfter));
    }
}
