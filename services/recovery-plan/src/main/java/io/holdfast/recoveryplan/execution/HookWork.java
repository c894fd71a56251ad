package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.GuestOrder;
import io.holdfast.recoveryplan.machine.GuestWord;
import io.holdfast.recoveryplan.machine.Placement;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.HookAction;
import io.holdfast.recoveryplan.run.HookError;
import io.holdfast.recoveryplan.run.MachineAction;
import io.holdfast.recoveryplan.run.Machines;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepResult;
import java.util.Map;
import java.util.Optional;

/** The effects of hooks: calls of this service's host, and commands inside of the guests that the run has started. */
final class HookWork {
    private final HookRunner calls;
    private final GuestOrders guests;

    HookWork(HookRunner calls, GuestOrders guests) {
        this.calls = calls;
        this.guests = guests;
    }

    StepResult perform(Run run, Step step, HookAction action) {
        Hook hook = action.hook();
        String key = StepWork.idempotencyKey(run, step.id()) + "-" + step.round();
        return hook.call() instanceof HookCall.Guest guest
                ? inGuest(order(run, step, hook, guest, key))
                : calls.run(new HookRunner.Call(
                        hook,
                        run.id().toString(),
                        run.order().plan().name(),
                        run.order().mode().name(),
                        step.group(),
                        step.id(),
                        step.progress().attempts(),
                        key));
    }

    private static GuestOrder order(Run run, Step step, Hook hook, HookCall.Guest guest, String key) {
        Step starting = starting(run, guest.vmId())
                .orElseThrow(() -> notAllowed("this run starts no machine of VM %s".formatted(guest.vmId())));
        StepResult.MachineStarted started = Machines.started(starting)
                .orElseThrow(() -> notAllowed("the machine of VM %s was not started yet".formatted(guest.vmId())));
        MachineAction.StartMachine start = (MachineAction.StartMachine) starting.action();
        Placement placement = Machines.placement(run, start.placeStepId(), guest.vmId())
                .orElseThrow(() -> new IllegalStateException("a machine runs that was never placed"));
        return new GuestOrder(
                placement.agent(), started.machineId(), key, step.progress().attempts(), hook, guest);
    }

    private static Optional<Step> starting(Run run, VmId vm) {
        return run.steps().stream()
                .filter(step -> step.action() instanceof MachineAction.StartMachine start
                        && start.target().vmId().equals(vm))
                .findFirst();
    }

    private StepResult inGuest(GuestOrder order) {
        String path = order.command().path();
        return switch (guests.run(order)) {
            case GuestWord.Silence _ ->
                throw failed(
                        HookError.HOOK_NO_ANSWER,
                        "the agent has said nothing of '%s' in the guest".formatted(path),
                        "");
            case GuestWord.Refused refused ->
                throw failed(
                        refused.code().equals("COMMAND_EXPIRED") ? HookError.HOOK_FAILED : HookError.HOOK_NOT_ALLOWED,
                        "%s: %s".formatted(refused.code(), refused.message()),
                        "");
            case GuestWord.Ended ended
            when ended.code().isEmpty() ->
                new StepResult.HookDone("'%s' in the guest ended with exit code 0".formatted(path), ended.output());
            case GuestWord.Ended ended ->
                throw failed(
                        codeOf(ended.code()),
                        "'%s' in the guest: %s: %s".formatted(path, ended.code(), ended.message()),
                        ended.output());
        };
    }

    /** What an agent says of a command that did not succeed; a newer agent's word says as little as no answer. */
    private static HookError codeOf(String code) {
        return switch (code) {
            case "GUEST_COMMAND_FAILED", "GUEST_UNREACHABLE" -> HookError.HOOK_FAILED;
            case "GUEST_COMMAND_REFUSED" -> HookError.HOOK_NOT_ALLOWED;
            case "GUEST_COMMAND_TIMED_OUT" -> HookError.HOOK_TIMED_OUT;
            default -> HookError.HOOK_NO_ANSWER;
        };
    }

    private static HoldfastException notAllowed(String message) {
        return failed(HookError.HOOK_NOT_ALLOWED, message, "");
    }

    private static HoldfastException failed(HookError code, String message, String output) {
        return new HoldfastException(code, message, Map.of(Failure.EVIDENCE, output));
    }
}
