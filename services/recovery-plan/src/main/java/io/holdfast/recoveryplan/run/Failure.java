package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import java.util.List;
import java.util.stream.Stream;

/**
 * Why something did not work, in the form that is stored and reported.
 *
 * @param code stable code, ours or passed through from the part that answered
 * @param message one sentence for a person
 * @param retryable whether the same action can succeed later without anybody correcting something
 * @param evidence what was seen, such as a machine's last words on its console; empty = nothing
 * @param vms the VMs that it is about; empty = no certain ones
 */
public record Failure(String code, String message, boolean retryable, String evidence, List<VmId> vms) {
    /** Name of the detail of an exception that becomes the evidence. */
    public static final String EVIDENCE = "evidence";

    /** Name of the detail of an exception that has the ids of the VMs, one or several with commas. */
    public static final String VMS = "vms";

    public Failure {
        // A failure that was stored by an earlier version has none.
        evidence = evidence == null ? "" : evidence;
        vms = vms == null ? List.of() : List.copyOf(vms);
    }

    public Failure(String code, String message, boolean retryable, String evidence) {
        this(code, message, retryable, evidence, List.of());
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
                        known.details().getOrDefault(EVIDENCE, "").toString(),
                        vms(known.details().getOrDefault(VMS, "").toString()))
                : of(
                        CommonError.INTERNAL,
                        "a defect in recovery-plan stopped the step: "
                                + thrown.getClass().getName());
    }

    private static List<VmId> vms(String ids) {
        return ids.isEmpty()
                ? List.of()
                : Stream.of(ids.split(",")).map(VmId::parse).toList();
    }
}
