package io.holdfast.recoveryplan.rehearsal;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** Why a scheduled rehearsal was skipped; other codes are those of refused orders. */
public enum RehearsalError implements ErrorCode {
    /** Nobody looked when it was due, and the schedule says that it is not made up for. */
    TIME_MISSED(Blame.UNAVAILABLE),
    /** A run of this plan has not ended. */
    PLAN_BUSY(Blame.CONFLICT),
    /** A failover of this site has not ended: hosts and journals are needed for it. */
    SITE_IN_FAILOVER(Blame.CONFLICT),
    /** A protection group of the plan runs, or is about to run, somewhere else. */
    GROUP_FAILED_OVER(Blame.CONFLICT);

    private final Blame blame;

    RehearsalError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
