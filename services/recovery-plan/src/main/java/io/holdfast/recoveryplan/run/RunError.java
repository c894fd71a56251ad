package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What can go wrong with a run, as the answer to a request or as the reason why a run failed. */
public enum RunError implements ErrorCode {
    /** The order breaks a stated rule; the message or the violations name it. */
    RUN_INVALID(Blame.INVALID_REQUEST),
    /** The mode exists and this version does not carry it out. */
    MODE_NOT_SUPPORTED(Blame.INVALID_REQUEST),
    RUN_NOT_FOUND(Blame.NOT_FOUND),
    /** Only a run in state READY can be finished. */
    RUN_NOT_READY(Blame.CONFLICT),
    /** The run has ended, or is ending for another reason. */
    RUN_ENDED(Blame.CONFLICT),
    /** Only a HALTED run can be retried. */
    RUN_NOT_HALTED(Blame.CONFLICT),
    /** Only a committed run can be released. */
    RUN_NOT_COMMITTED(Blame.CONFLICT),
    /** Machines or sessions of a committed run could not be ended within the limit; the message names them. */
    RELEASE_INCOMPLETE(Blame.UNAVAILABLE),
    /** Tests are finished and cancelled, other runs committed and rolled back. */
    COMMAND_NOT_OF_MODE(Blame.CONFLICT),
    /** A commit may have had its effect: there is no way back any more. */
    COMMIT_UNDER_WAY(Blame.CONFLICT),
    /** The journal-store has taken the commit and has not passed the point of no return. */
    COMMIT_PENDING(Blame.UNAVAILABLE),
    /** As many trials as one run keeps. */
    TOO_MANY_TRIALS(Blame.EXHAUSTED),
    /** Machines or sessions could not be ended within the limit, so that the run cannot go to other points; the message names them. */
    SWITCH_INCOMPLETE(Blame.UNAVAILABLE),
    /** The plan powers machines on, and no event has named the VMs of the protection group. */
    MACHINES_UNKNOWN(Blame.CONFLICT),
    /** The run has no such approval. */
    APPROVAL_NOT_FOUND(Blame.NOT_FOUND),
    /** Nobody is asked for this approval now: it is not its turn yet, or it was decided. */
    APPROVAL_NOT_WAITING(Blame.CONFLICT),
    /** A person has said no. */
    APPROVAL_REJECTED(Blame.CONFLICT),
    /** Nobody has said anything in time. */
    APPROVAL_TIMED_OUT(Blame.CONFLICT),
    /** No event has named the VM as a member of a protection group of the plan. */
    VM_NOT_IN_PLAN(Blame.INVALID_REQUEST),
    /** A failover takes protection groups as a whole, and the order names a part of one. */
    PART_SPLITS_GROUP(Blame.CONFLICT),
    /** What is asked for alone is not in the session of its protection group. */
    PART_NOT_IN_CHECKPOINT(Blame.NOT_FOUND),
    /** A preflight finds what would keep the run from its end; a person can force it. */
    PLAN_HAS_ERRORS(Blame.CONFLICT),
    /** As many runs as the setting allows have not ended. */
    TOO_MANY_RUNS(Blame.EXHAUSTED),
    /** Of this machine no picture was taken, or it is not of this run. */
    SCREEN_NOT_FOUND(Blame.NOT_FOUND),
    /** The journal lists no checkpoint that fits the point asked for. */
    CHECKPOINT_NOT_FOUND(Blame.NOT_FOUND),
    /** An export cannot be opened or read; the message says which and why. */
    EXPORT_NOT_READY(Blame.UNAVAILABLE),
    /** A group did not become ready within its timeout. */
    READINESS_TIMEOUT(Blame.UNAVAILABLE),
    /** The run reached its expiry before it was ready. */
    RUN_EXPIRED(Blame.UNAVAILABLE),
    /** Sessions could not be closed within the limit; the message names them. A person has to look at the journal-store. */
    CLEANUP_INCOMPLETE(Blame.UNAVAILABLE);

    private final Blame blame;

    RunError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
