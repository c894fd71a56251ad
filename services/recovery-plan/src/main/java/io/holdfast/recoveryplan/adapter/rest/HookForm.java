package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.plan.MachineHooks;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.plan.ProcedureDraft;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How a hook looks in a plan. */
@Schema(name = "Hook", description = "Exactly one of program, http and guest.")
public record HookForm(
        @Schema(required = true, description = "Unique in its list.")
        String name,

        Program program,
        Http http,
        Guest guest,

        @Schema(description = "Of one attempt: PT1S to PT1H, default PT1M.")
        Duration timeout,

        @Schema(description = "1 to 20, default 1.") Integer attempts,

        @Schema(description = "Before the second attempt, doubling: PT0.1S to PT10M, default PT5S.")
        Duration retryDelay,

        @Schema(description = "true: also in a TEST, which must change nothing outside of itself. Default false.")
        Boolean inTest,

        @Schema(
                description =
                        "When nobody knows whether an attempt had its effect. RUN_AGAIN (default): at least once, under the same idempotency key. FAIL: at most once.",
                enumeration = {"RUN_AGAIN", "FAIL"})
        String onUnknown,

        @Schema(
                description = "Default: as the group's steps.",
                enumeration = {"STOP", "CONTINUE", "ROLL_BACK"})
        String onFailure) {

    @Schema(name = "HookProgram")
    public record Program(
            @Schema(required = true, description = "Name of a file in the service's directory of hooks, no path.")
            String name,

            List<String> arguments,
            Map<String, String> environment) {}

    @Schema(name = "HookRequest")
    public record Http(
            @Schema(description = "Default POST.") String method,

            @Schema(required = true, description = "At a host that the service's settings allow.")
            String url,

            List<Header> headers,
            String body,

            @Schema(description = "Default: 200 to 299.") List<Integer> expectedStatus) {}

    @Schema(
            name = "HookInGuest",
            description = "A program in the guest of a machine that the run has started, through its guest agent.")
    public record Guest(
            @Schema(description = "Of a group's hook. A hook of a VM is for this VM.")
            String vmId,

            @Schema(required = true, description = "Absolute in the guest; no shell reads it or the arguments.")
            String path,

            @Schema(description = "At most 32 of at most 1024 characters.")
            List<String> arguments) {}

    @Schema(name = "MachineHooks", description = "Of one VM; at most 16 in each list, one after the other.")
    public record OfMachine(
            @Schema(required = true) String vmId,

            @Schema(description = "Before its machine is started; not in its own guest.")
            List<HookForm> beforeStart,

            @Schema(description = "When its own probes have passed.")
            List<HookForm> afterReady,

            @Schema(description = "Before its machine is stopped, which it is whatever comes of them.")
            List<HookForm> beforeStop) {

        ProcedureDraft.MachineHooksDraft draft() {
            return new ProcedureDraft.MachineHooksDraft(
                    vmId, drafts(beforeStart), drafts(afterReady), drafts(beforeStop));
        }

        static OfMachine of(MachineHooks hooks) {
            return new OfMachine(
                    hooks.vmId().toString(),
                    forms(hooks.beforeStart()),
                    forms(hooks.afterReady()),
                    forms(hooks.beforeStop()));
        }
    }

    @Schema(name = "HookHeader")
    public record Header(
            @Schema(required = true) String name,

            @Schema(description = "What stands before the secret; the whole value if there is none.")
            String value,

            @Schema(description = "Name of a secret of the service; its content is in no reply.")
            String secret) {}

    @Schema(name = "GroupHooks")
    public record Lists(
            @Schema(description = "One after the other before the group's sessions are opened; at most 16.")
            List<HookForm> before,

            @Schema(
                    description =
                            "One after the other when the group is ready; its dependents wait for them. At most 16.")
            List<HookForm> after,

            @Schema(description = "Of single VMs of a group that is powered on; each VM once.")
            List<OfMachine> machines) {

        static Lists of(Procedure procedure) {
            return new Lists(
                    forms(procedure.before()),
                    forms(procedure.after()),
                    procedure.machines().isEmpty()
                            ? null
                            : procedure.machines().stream().map(OfMachine::of).toList());
        }

        List<ProcedureDraft.MachineHooksDraft> machineDrafts() {
            return machines == null
                    ? null
                    : machines.stream()
                            .map(machine -> machine == null ? null : machine.draft())
                            .toList();
        }
    }

    private static List<HookForm> forms(List<Hook> hooks) {
        return hooks.stream().map(HookForm::of).toList();
    }

    static List<ProcedureDraft.HookDraft> drafts(List<HookForm> hooks) {
        return hooks == null
                ? null
                : hooks.stream().map(hook -> hook == null ? null : hook.draft()).toList();
    }

    private ProcedureDraft.HookDraft draft() {
        return new ProcedureDraft.HookDraft(
                name,
                program == null
                        ? null
                        : new ProcedureDraft.ProgramDraft(program.name(), program.arguments(), program.environment()),
                http == null ? null : draft(http),
                guest == null ? null : new ProcedureDraft.GuestDraft(guest.vmId(), guest.path(), guest.arguments()),
                timeout,
                attempts,
                retryDelay,
                inTest,
                onUnknown,
                onFailure);
    }

    private static ProcedureDraft.HttpDraft draft(Http http) {
        return new ProcedureDraft.HttpDraft(
                http.method(),
                http.url(),
                http.headers() == null
                        ? null
                        : http.headers().stream()
                                .map(header -> header == null
                                        ? null
                                        : new ProcedureDraft.HeaderDraft(
                                                header.name(), header.value(), header.secret()))
                                .toList(),
                http.body(),
                http.expectedStatus());
    }

    static HookForm of(Hook hook) {
        return new HookForm(
                hook.name(),
                hook.call() instanceof HookCall.Program program
                        ? new Program(program.program(), program.arguments(), program.environment())
                        : null,
                hook.call() instanceof HookCall.Http http ? of(http) : null,
                hook.call() instanceof HookCall.Guest(VmId vm, String path, List<String> arguments)
                        ? new Guest(vm.toString(), path, arguments)
                        : null,
                hook.timeout(),
                hook.attempts(),
                hook.retryDelay(),
                hook.inTest(),
                hook.onUnknown().name(),
                hook.onFailure().map(Enum::name).orElse(null));
    }

    private static Http of(HookCall.Http http) {
        return new Http(
                http.method(),
                http.url(),
                http.headers().stream()
                        .map(header -> new Header(
                                header.name(), header.value(), header.secret().orElse(null)))
                        .toList(),
                http.body(),
                http.expected());
    }
}
