package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** Why a hook did not do what it should. */
public enum HookError implements ErrorCode {
    /** The service's settings do not allow it, or it is not there: the program, the host, the secret. Nothing was begun. */
    HOOK_NOT_ALLOWED(Blame.CONFLICT),
    /** It said no: another exit code than 0, a status that is not expected. */
    HOOK_FAILED(Blame.UNAVAILABLE),
    /** It had not ended at its timeout, and was ended with all that it had started. */
    HOOK_TIMED_OUT(Blame.UNAVAILABLE),
    /** The request was sent, or may have been, and no answer came. */
    HOOK_NO_ANSWER(Blame.UNAVAILABLE),
    /** The executor was killed while it ran, and the plan does not allow to do it again. */
    HOOK_OUTCOME_UNKNOWN(Blame.CONFLICT);

    private final Blame blame;

    HookError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
