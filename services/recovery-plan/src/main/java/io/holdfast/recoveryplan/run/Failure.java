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
 * @param evidence what was seen, such as a machine's last words on its console; empty = nothing
 */
public record Failure(String code, String message, boolean retryable, String evidence) {
    /** Name of the detail of an exception that becomes the evidence. */
    public static final String EVIDENCE = "evidence";

    public Failure {
        // A failure that was stored by an earlier version has none.
        evidence = evidence == null ? "" : evidence;
    }

    public Failure(String code, String message, boolean retryable) {
        this(code, message, retryable, "");
    }

    public static Failure of(ErrorCode code, String message) {
        return new Failure(code.name(), message, code.blame().retryable());
    }

    /** What a step's exception says; one that is not ours is a defect and is reported as such, without its internals. */
    public static Failure of(Throwable thrown) {
        return thrown instanceof HoldfastException known
                ? new Failure(
                        known.code().name(),
                        known.getMessage(),
                        known.code().blame().retryable(),
                        known.details().getOrDefault(EVIDENCE, "").toString())
                : of(
                        CommonError.INTERNAL,
                        "a defect in recovery-plan stopped the step: "
                                + thrown.getClass().getName());
    }
}
