package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.recoveryplan.plan.Approval;
import io.holdfast.recoveryplan.plan.ProcedureDraft;
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How a person's word before a recovery group looks in a plan. */
@Schema(name = "PlanApproval")
public record ApprovalForm(
        @Schema(required = true, description = "1 to 128 visible characters.")
        String name,

        @Schema(description = "For the person who is asked, at most 2000 characters.")
        String text,

        @Schema(description = "PT1M to P7D, default PT24H.") Duration timeout,

        @Schema(
                description = "What it means when nobody has said anything in time; default REJECT.",
                enumeration = {"REJECT", "APPROVE"})
        String atLimit) {

    ProcedureDraft.ApprovalDraft draft() {
        return new ProcedureDraft.ApprovalDraft(name, text, timeout, atLimit);
    }

    static ApprovalForm of(Approval approval) {
        return new ApprovalForm(
                approval.name(),
                approval.text(),
                approval.timeout(),
                approval.atLimit().name());
    }
}
