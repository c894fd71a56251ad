package io.holdfast.recoveryplan.plan;

import java.time.Duration;

/** A {@link Procedure} as somebody asks for it; every part may be {@code null}, which means nothing said. */
public record ProcedureDraft(ApprovalDraft approval) {

    /** @param atLimit {@code REJECT} or {@code APPROVE} */
    public record ApprovalDraft(String name, String text, Duration timeout, String atLimit) {}
}
