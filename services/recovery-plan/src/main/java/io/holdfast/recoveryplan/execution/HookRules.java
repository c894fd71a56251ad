package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.HookAction;
import io.holdfast.recoveryplan.run.HookError;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What follows an attempt of a hook that failed, or whose outcome was lost; docs/recovery-runs.md has the table. */
final class HookRules {
    private static final List<String> UNKNOWN =
            List.of(HookError.HOOK_TIMED_OUT.name(), HookError.HOOK_NO_ANSWER.name());

    private HookRules() {}

    static StepProgress afterFailure(
            Hook hook, boolean mayTry, StepProgress.Active active, Failure failure, Instant now, Duration longest) {
        boolean unknown = UNKNOWN.contains(failure.code()) && hook.onUnknown() == Hook.OnUnknown.FAIL;
        boolean again = mayTry && failure.retryable() && !unknown && active.attempt() < hook.attempts();
        return again
                ? active.retry(now.plus(RunLimits.doubled(hook.retryDelay(), longest, active.attempt())), failure)
                : active.fail(now, failure);
    }

    /** Hooks that must not be done twice and whose executor was killed fail. */
    static Run loseOutcomes(Run run, java.util.Set<String> underWay, Instant now) {
        return run.mapSteps(step -> step.progress() instanceof StepProgress.Active active
                        && !underWay.contains(step.id())
                        && mustNotRepeat(step)
                ? step.with(active.fail(
                        now,
                        Failure.of(
                                HookError.HOOK_OUTCOME_UNKNOWN,
                                "the service was stopped while attempt %d ran; whether it had its effect is not known"
                                        .formatted(active.attempt()))))
                : step);
    }

    private static boolean mustNotRepeat(Step step) {
        return step.action() instanceof HookAction action && action.hook().onUnknown() == Hook.OnUnknown.FAIL;
    }
}
