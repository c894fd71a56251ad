package io.holdfast.recoveryplan.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.ProcedureDraft.ApprovalDraft;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What happens around the recovery of a group")
class ProcedureRulesTest {
    private static final String PG = PgId.random().toString();

    @Test
    void isNothingUnlessThePlanSaysSo() {
        assertThat(accepted(null)).isEqualTo(Procedure.NONE);
    }

    @Test
    void canBeAPersonsApprovalThatIsWaitedForADayAndThenCountsAsRejected() {
        assertThat(accepted(approval("go live", null, null, null)).approval())
                .isEqualTo(Optional.of(new Approval("go live", "", Duration.ofHours(24), Approval.AtLimit.REJECT)));
    }

    @Test
    void isRefusedWithEveryFieldThatIsWrong() {
        assertThat(refused(approval(" ", "x".repeat(2_001), Duration.ofDays(8), "MAYBE")))
                .containsExactly(
                        "groups[0].approval.name",
                        "groups[0].approval.text",
                        "groups[0].approval.timeout",
                        "groups[0].approval.atLimit");
        assertThat(refused(approval("a\nb", null, Duration.ofSeconds(59), null)))
                .containsExactly("groups[0].approval.name", "groups[0].approval.timeout");
    }

    private static ProcedureDraft approval(String name, String text, Duration timeout, String atLimit) {
        return new ProcedureDraft(new ApprovalDraft(name, text, timeout, atLimit));
    }

    private static PlanRules.Checked check(ProcedureDraft procedure) {
        return PlanRules.check(new PlanDraft(
                "plan", List.of(new PlanDraft.GroupDraft("g", List.of(PG), null, null, null, null, null, procedure))));
    }

    private static Procedure accepted(ProcedureDraft procedure) {
        return ((PlanRules.Checked.Accepted) check(procedure))
                .definition()
                .groups()
                .getFirst()
                .procedure();
    }

    private static List<String> refused(ProcedureDraft procedure) {
        return ((PlanRules.Checked.Refused) check(procedure))
                .violations().stream().map(Violation::field).toList();
    }
}
