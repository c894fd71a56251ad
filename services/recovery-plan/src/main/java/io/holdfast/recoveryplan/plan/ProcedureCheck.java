package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.ProcedureDraft.ApprovalDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.HookDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.MachineHooksDraft;
import io.holdfast.recoveryplan.plan.ProcedureDraft.StepRulesDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/** The rules of {@link PlanRules} that are about what happens around the recovery of a group, and how its steps are tried. */
final class ProcedureCheck {
    static final int MAX_TEXT = 2_000;
    static final int MAX_HOOKS = 16;
    static final int MAX_MACHINES = 64;

    private final BiConsumer<String, String> refuse;
    private final Bounds bounds;
    private final HookCallCheck calls;

    ProcedureCheck(BiConsumer<String, String> refuse) {
        this.refuse = refuse;
        this.bounds = new Bounds(refuse);
        this.calls = new HookCallCheck(refuse);
    }

    /** @param field of the group @param draft {@code null} if nothing was said */
    Procedure check(String field, ProcedureDraft draft) {
        return draft == null
                ? Procedure.NONE
                : new Procedure(
                        approval(field + ".approval", draft.approval()),
                        hooks(field + ".hooks.before", draft.before(), Optional.empty()),
                        hooks(field + ".hooks.after", draft.after(), Optional.empty()),
                        steps(field + ".steps", draft.steps()),
                        machines(field + ".hooks.machines", draft.machines()));
    }

    private List<MachineHooks> machines(String field, List<MachineHooksDraft> drafts) {
        List<MachineHooksDraft> given = drafts == null ? List.of() : drafts;
        if (given.size() > MAX_MACHINES) {
            refuse.accept(field, "at most %d VMs have hooks, not %d".formatted(MAX_MACHINES, given.size()));
            return List.of();
        }
        List<MachineHooks> machines = new ArrayList<>();
        Set<VmId> named = new HashSet<>();
        for (int index = 0; index < given.size(); index++) {
            String at = field + "[" + index + "]";
            MachineHooksDraft draft = given.get(index);
            try {
                VmId vm = VmId.parse(draft == null || draft.vmId() == null ? "" : draft.vmId());
                if (!named.add(vm)) {
                    refuse.accept(at + ".vmId", "is named more than once");
                }
                machines.add(machine(at, vm, draft));
            } catch (HoldfastException malformed) {
                refuse.accept(at + ".vmId", malformed.getMessage());
            }
        }
        return machines;
    }

    private MachineHooks machine(String field, VmId vm, MachineHooksDraft draft) {
        List<Hook> beforeStart = hooks(field + ".beforeStart", draft.beforeStart(), Optional.of(vm));
        beforeStart.stream()
                .filter(hook -> hook.call() instanceof HookCall.Guest guest
                        && guest.vmId().equals(vm))
                .forEach(hook -> refuse.accept(
                        field + ".beforeStart",
                        "'%s' would run in the guest, which does not run before it is started".formatted(hook.name())));
        return new MachineHooks(
                vm,
                beforeStart,
                hooks(field + ".afterReady", draft.afterReady(), Optional.of(vm)),
                hooks(field + ".beforeStop", draft.beforeStop(), Optional.of(vm)));
    }

    private Optional<Approval> approval(String field, ApprovalDraft draft) {
        if (draft == null) {
            return Optional.empty();
        }
        String text = draft.text() == null ? "" : draft.text();
        if (text.length() > MAX_TEXT) {
            refuse.accept(field + ".text", "has at most %d characters, not %d".formatted(MAX_TEXT, text.length()));
        }
        return Optional.of(new Approval(
                bounds.line(field + ".name", draft.name(), PlanRules.MAX_NAME_LENGTH),
                text,
                bounds.duration(
                        field + ".timeout",
                        draft.timeout(),
                        Duration.ofMinutes(1),
                        Duration.ofDays(7),
                        Duration.ofHours(24)),
                bounds.word(field + ".atLimit", draft.atLimit(), Approval.AtLimit.class, Approval.AtLimit.REJECT)));
    }

    private List<Hook> hooks(String field, List<HookDraft> drafts, Optional<VmId> ofVm) {
        List<HookDraft> given = drafts == null ? List.of() : drafts;
        if (given.size() > MAX_HOOKS) {
            refuse.accept(field, "at most %d hooks are allowed, not %d".formatted(MAX_HOOKS, given.size()));
            return List.of();
        }
        List<Hook> hooks = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int index = 0; index < given.size(); index++) {
            String at = field + "[" + index + "]";
            if (given.get(index) == null) {
                refuse.accept(at, "a hook must not be null");
                continue;
            }
            hook(at, given.get(index), ofVm).ifPresent(hooks::add);
            if (!names.add(given.get(index).name())) {
                refuse.accept(at + ".name", "another hook here has this name");
            }
        }
        return hooks;
    }

    private Optional<Hook> hook(String field, HookDraft draft, Optional<VmId> ofVm) {
        String name = bounds.line(field + ".name", draft.name(), PlanRules.MAX_NAME_LENGTH);
        Duration timeout = bounds.duration(
                field + ".timeout", draft.timeout(), Duration.ofSeconds(1), Duration.ofHours(1), Duration.ofMinutes(1));
        int attempts = bounds.number(field + ".attempts", draft.attempts(), 1, 20, 1);
        Duration delay = bounds.duration(
                field + ".retryDelay",
                draft.retryDelay(),
                Duration.ofMillis(100),
                Duration.ofMinutes(10),
                Duration.ofSeconds(5));
        Hook.OnUnknown onUnknown =
                bounds.word(field + ".onUnknown", draft.onUnknown(), Hook.OnUnknown.class, Hook.OnUnknown.RUN_AGAIN);
        Optional<OnFailure> onFailure =
                Optional.ofNullable(bounds.word(field + ".onFailure", draft.onFailure(), OnFailure.class, null));
        return calls.check(field, draft, ofVm)
                .map(call -> new Hook(
                        name,
                        call,
                        timeout,
                        attempts,
                        delay,
                        Boolean.TRUE.equals(draft.inTest()),
                        onUnknown,
                        onFailure));
    }

    /** @param draft {@code null} if nothing was said */
    Objectives objectives(String field, PlanDraft.ObjectivesDraft draft) {
        return draft == null
                ? Objectives.NONE
                : new Objectives(objective(field + ".rpo", draft.rpo()), objective(field + ".rto", draft.rto()));
    }

    private Optional<Duration> objective(String field, Duration given) {
        return Optional.ofNullable(bounds.duration(field, given, Duration.ofSeconds(1), Duration.ofDays(30), null));
    }

    /** @param draft {@code null} if nothing was said */
    StepRules steps(String field, StepRulesDraft draft) {
        if (draft == null) {
            return StepRules.NONE;
        }
        Duration least = Duration.ofMillis(10);
        Duration most = Duration.ofMinutes(10);
        Duration first = bounds.duration(field + ".firstDelay", draft.firstDelay(), least, most, null);
        Duration longest = bounds.duration(field + ".longestDelay", draft.longestDelay(), least, most, null);
        if (first != null && longest != null && longest.compareTo(first) < 0) {
            refuse.accept(field + ".longestDelay", "is not shorter than firstDelay");
        }
        return new StepRules(
                Optional.ofNullable(bounds.duration(
                        field + ".timeout", draft.timeout(), Duration.ofSeconds(1), Duration.ofHours(24), null)),
                Optional.ofNullable(bounds.number(field + ".attempts", draft.attempts(), 1, 100, null)),
                Optional.ofNullable(first),
                Optional.ofNullable(longest),
                Optional.ofNullable(bounds.word(field + ".onFailure", draft.onFailure(), OnFailure.class, null)));
    }
}
