package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A {@link Procedure} as somebody asks for it; every part may be {@code null}, which means nothing said. */
public record ProcedureDraft(
        ApprovalDraft approval, List<HookDraft> before, List<HookDraft> after, StepRulesDraft steps) {

    /** @param atLimit {@code REJECT} or {@code APPROVE} */
    public record ApprovalDraft(String name, String text, Duration timeout, String atLimit) {}

    /** Exactly one of the calls is given. @param onUnknown {@code RUN_AGAIN} or {@code FAIL} */
    public record HookDraft(
            String name,
            ProgramDraft program,
            HttpDraft http,
            Duration timeout,
            Integer attempts,
            Duration retryDelay,
            Boolean inTest,
            String onUnknown,
            String onFailure) {}

    public record ProgramDraft(String name, List<String> arguments, Map<String, String> environment) {}

    public record HttpDraft(
            String method, String url, List<HeaderDraft> headers, String body, List<Integer> expectedStatus) {}

    public record HeaderDraft(String name, String value, String secret) {}

    /** @param onFailure {@code STOP}, {@code CONTINUE} or {@code ROLL_BACK} */
    public record StepRulesDraft(
            Duration timeout, Integer attempts, Duration firstDelay, Duration longestDelay, String onFailure) {}
}
