package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A {@link Procedure} as somebody asks for it; every part may be {@code null}, which means nothing said. */
public record ProcedureDraft(
        ApprovalDraft approval,
        List<HookDraft> before,
        List<HookDraft> after,
        StepRulesDraft steps,
        List<MachineHooksDraft> machines,
        List<DnsDraft> dns) {

    /** No VM has hooks of its own. */
    public ProcedureDraft(ApprovalDraft approval, List<HookDraft> before, List<HookDraft> after, StepRulesDraft steps) {
        this(approval, before, after, steps, null, null);
    }

    /** @param live {@code null} means the addresses of the VM's cards */
    public record DnsDraft(
            String server,
            String name,
            String type,
            Duration ttl,
            String vmId,
            List<String> live,
            DnsTestDraft test,
            List<String> expect) {}

    public record DnsTestDraft(String name, List<String> values) {}

    public record MachineHooksDraft(
            String vmId, List<HookDraft> beforeStart, List<HookDraft> afterReady, List<HookDraft> beforeStop) {}

    /** @param atLimit {@code REJECT} or {@code APPROVE} */
    public record ApprovalDraft(String name, String text, Duration timeout, String atLimit) {}

    /** Exactly one of the calls is given. @param onUnknown {@code RUN_AGAIN} or {@code FAIL} */
    public record HookDraft(
            String name,
            ProgramDraft program,
            HttpDraft http,
            GuestDraft guest,
            Duration timeout,
            Integer attempts,
            Duration retryDelay,
            Boolean inTest,
            String onUnknown,
            String onFailure) {}

    public record ProgramDraft(String name, List<String> arguments, Map<String, String> environment) {}

    /** @param vmId of a group's hook; a hook of a VM is for this VM */
    public record GuestDraft(String vmId, String path, List<String> arguments) {}

    public record HttpDraft(
            String method, String url, List<HeaderDraft> headers, String body, List<Integer> expectedStatus) {}

    public record HeaderDraft(String name, String value, String secret) {}

    /** @param onFailure {@code STOP}, {@code CONTINUE} or {@code ROLL_BACK} */
    public record StepRulesDraft(
            Duration timeout, Integer attempts, Duration firstDelay, Duration longestDelay, String onFailure) {}
}
