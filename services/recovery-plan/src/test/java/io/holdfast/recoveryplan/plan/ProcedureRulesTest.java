package io.holdfast.recoveryplan.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.ProcedureDraft.ApprovalDraft;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
                .containsExactlyInAnyOrder(
                        "groups[0].approval.name",
                        "groups[0].approval.text",
                        "groups[0].approval.timeout",
                        "groups[0].approval.atLimit");
        assertThat(refused(approval("a\nb", null, Duration.ofSeconds(59), null)))
                .containsExactly("groups[0].approval.name", "groups[0].approval.timeout");
    }

    @Test
    void canBeHooksWithModestDefaults() {
        Hook hook = accepted(new ProcedureDraft(null, List.of(program("dns.sh", List.of("a"))), null, null))
                .before()
                .getFirst();

        assertThat(hook.inTest()).as("a rehearsal changes nothing").isFalse();
        assertThat(hook.attempts()).isEqualTo(1);
        assertThat(hook.timeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(hook.onUnknown()).isEqualTo(Hook.OnUnknown.RUN_AGAIN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "/bin/sh", "a/b", "", "-rf", ".", "..", "a b", "a\u0000"})
    void isNoProgramByAPath(String name) {
        assertThat(refused(new ProcedureDraft(null, List.of(program(name, List.of())), null, null)))
                .containsExactly("groups[0].hooks.before[0].program.name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://a/",
                "file:///etc/passwd",
                "http:///x",
                "http://user:pw@a/",
                "http://a/#f",
                "a",
                "http://a b/",
                "http://a:99999/"
            })
    void isNoRequestToSomethingElseThanAPlainAddress(String url) {
        assertThat(refused(new ProcedureDraft(null, null, List.of(request(url, null)), null)))
                .containsExactly("groups[0].hooks.after[0].http.url");
    }

    @Test
    void keepsNoSecretInClear() {
        ProcedureDraft.HeaderDraft clear = new ProcedureDraft.HeaderDraft("authorization", "Bearer x", null);
        ProcedureDraft.HeaderDraft split = new ProcedureDraft.HeaderDraft("X-Y", "a\r\nHost: b", null);
        ProcedureDraft.HeaderDraft own = new ProcedureDraft.HeaderDraft("Host", "b", null);

        assertThat(refused(new ProcedureDraft(
                        null, null, List.of(request("http://a/", List.of(clear, split, own))), null)))
                .containsExactly(
                        "groups[0].hooks.after[0].http.headers[0].secret",
                        "groups[0].hooks.after[0].http.headers[1].value",
                        "groups[0].hooks.after[0].http.headers[2].name");
    }

    @Test
    void isBoundedInEveryPart() {
        ProcedureDraft.HookDraft wrong = new ProcedureDraft.HookDraft(
                "h",
                new ProcedureDraft.ProgramDraft("p", Collections.nCopies(65, "x"), Map.of("LD_PRELOAD", "x")),
                null,
                null,
                Duration.ofHours(2),
                21,
                Duration.ZERO,
                null,
                "MAYBE",
                "IGNORE");
        assertThat(refused(new ProcedureDraft(
                        null,
                        List.of(wrong),
                        Collections.nCopies(17, wrong),
                        new ProcedureDraft.StepRulesDraft(
                                Duration.ZERO, 0, Duration.ofSeconds(2), Duration.ofSeconds(1), "NEVER"))))
                .containsExactlyInAnyOrder(
                        "groups[0].hooks.before[0].timeout",
                        "groups[0].hooks.before[0].attempts",
                        "groups[0].hooks.before[0].retryDelay",
                        "groups[0].hooks.before[0].onUnknown",
                        "groups[0].hooks.before[0].onFailure",
                        "groups[0].hooks.before[0].program.arguments",
                        "groups[0].hooks.before[0].program.environment",
                        "groups[0].hooks.after",
                        "groups[0].steps.timeout",
                        "groups[0].steps.attempts",
                        "groups[0].steps.longestDelay",
                        "groups[0].steps.onFailure");
    }

    private static ProcedureDraft.HookDraft program(String name, List<String> arguments) {
        return new ProcedureDraft.HookDraft(
                "h",
                new ProcedureDraft.ProgramDraft(name, arguments, null),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static ProcedureDraft.HookDraft request(String url, List<ProcedureDraft.HeaderDraft> headers) {
        return new ProcedureDraft.HookDraft(
                "h",
                null,
                new ProcedureDraft.HttpDraft(null, url, headers, null, null),
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static ProcedureDraft approval(String name, String text, Duration timeout, String atLimit) {
        return new ProcedureDraft(new ApprovalDraft(name, text, timeout, atLimit), null, null, null);
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
