package io.holdfast.recoveryplan.plan;

import io.holdfast.recoveryplan.plan.ProcedureDraft.ApprovalDraft;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiConsumer;

/** The rules of {@link PlanRules} that are about what happens around the recovery of a group. */
final class ProcedureCheck {
    static final Duration MIN_APPROVAL_TIMEOUT = Duration.ofMinutes(1);
    static final Duration MAX_APPROVAL_TIMEOUT = Duration.ofDays(7);
    static final Duration DEFAULT_APPROVAL_TIMEOUT = Duration.ofHours(24);
    static final int MAX_TEXT = 2_000;

    private final BiConsumer<String, String> refuse;

    ProcedureCheck(BiConsumer<String, String> refuse) {
        this.refuse = refuse;
    }

    /** @param field of the group @param draft {@code null} if nothing was said */
    Procedure check(String field, ProcedureDraft draft) {
        return draft == null ? Procedure.NONE : new Procedure(approval(field + ".approval", draft.approval()));
    }

    private Optional<Approval> approval(String field, ApprovalDraft draft) {
        if (draft == null) {
            return Optional.empty();
        }
        String name = draft.name() == null ? "" : draft.name();
        if (name.isBlank()
                || name.length() > PlanRules.MAX_NAME_LENGTH
                || name.chars().anyMatch(Character::isISOControl)) {
            refuse.accept(
                    field + ".name", "a name has 1 to %d visible characters".formatted(PlanRules.MAX_NAME_LENGTH));
        }
        String text = draft.text() == null ? "" : draft.text();
        if (text.length() > MAX_TEXT) {
            refuse.accept(field + ".text", "has at most %d characters, not %d".formatted(MAX_TEXT, text.length()));
        }
        Duration timeout = draft.timeout() == null ? DEFAULT_APPROVAL_TIMEOUT : draft.timeout();
        if (timeout.compareTo(MIN_APPROVAL_TIMEOUT) < 0 || timeout.compareTo(MAX_APPROVAL_TIMEOUT) > 0) {
            refuse.accept(
                    field + ".timeout",
                    "is %s to %s, not %s".formatted(MIN_APPROVAL_TIMEOUT, MAX_APPROVAL_TIMEOUT, timeout));
        }
        return Optional.of(new Approval(name, text, timeout, atLimit(field + ".atLimit", draft.atLimit())));
    }

    private Approval.AtLimit atLimit(String field, String word) {
        return switch (word) {
            case "APPROVE" -> Approval.AtLimit.APPROVE;
            case "REJECT" -> Approval.AtLimit.REJECT;
            case null -> Approval.AtLimit.REJECT;
            default -> {
                refuse.accept(field, "is REJECT or APPROVE, not " + word);
                yield Approval.AtLimit.REJECT;
            }
        };
    }
}
