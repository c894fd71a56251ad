package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;

/**
 * Why something did not work, in the form that is stored and reported.
 *
 * @param code stable code, ours or passed through from the part that answered
 * @param message one sentence for a person
 * @param retryable whether the same action can succeed later without anybody correcting something
 */
public record Failure(String code, String message, boolean retryable) {

    public static Failure of(ErrorCode code, String message) {
        return new Failure(code.name(), message, code.blame().retryable());
    }

    /** What a step's exception says; one that is not ours is a defect and is reported as such, without its internals. */
    public static Failure of(Throwable thrown) {
        return thrown instanceof HoldfastException known
                ? of(known.code(), known.getMessage())
                : of(
                        CommonError.INTERNAL,
                        "a defect in recovery-plan stopped the step: "
                                + thrown.getClass().getName());
    }
}
