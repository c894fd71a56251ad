package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What can be wrong with a request about a plan. A plan that breaks {@link PlanRules} is {@code INVALID_REQUEST} with violations. */
public enum PlanError implements ErrorCode {
    PLAN_NOT_FOUND(Blame.NOT_FOUND),
    /** Another plan has this name. */
    PLAN_NAME_TAKEN(Blame.CONFLICT),
    /** The plan has a run that has not ended, so it cannot be deleted. */
    PLAN_IN_USE(Blame.CONFLICT);

    private final Blame blame;

    PlanError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
