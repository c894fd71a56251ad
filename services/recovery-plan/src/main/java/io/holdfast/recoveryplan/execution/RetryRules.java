package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepAction;
import io.holdfast.recoveryplan.run.StepProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/**
 * What follows a failed attempt: another one, or the end of the step.
 *
 * <ul>
 *   <li>Choosing and opening: tried again when the failure is retryable, {@code stepAttempts} times in all.
 *   <li>Readiness: probed until the group's timeout; the reason for not being ready does not matter.
 *   <li>Closing: tried again whatever the failure, until the clean-up limit; giving up early would leak a session.
 *   <li>A run that is being cleaned up tries nothing again but closing.
 * </ul>
 */
record RetryRules(RunLimits limits) {

    StepProgress afterFailure(Run run, Step step, StepProgress.Active active, Failure failure, Instant now) {
        return switch (step.action()) {
            case StepAction.CloseSession _ -> active.retry(now.plus(limits.delayAfter(active.attempt())), failure);
            case StepAction.ChoosePoint _, StepAction.Open _ -> {
                boolean again = failure.retryable() && active.attempt() < limits.stepAttempts() && running(run);
                yield again
                        ? active.retry(now.plus(limits.delayAfter(active.attempt())), failure)
                        : active.fail(now, failure);
            }
            case StepAction.WaitReady probe -> afterProbe(run, step, active, probe.timeout(), failure, now);
            case StepAction.BootDelay _ -> active.fail(now, failure);
        };
    }

    private StepProgress afterProbe(
            Run run, Step step, StepProgress.Active active, Duration timeout, Failure last, Instant now) {
        if (!running(run)) {
            return active.fail(now, last);
        }
        Instant next = now.plus(limits.probeInterval());
        if (next.isBefore(active.startedAt().plus(timeout))) {
            return active.retry(next, last);
        }
        return active.fail(
                now,
                Failure.of(
                        RunError.READINESS_TIMEOUT,
                        "group '%s' was not ready within %s: %s".formatted(step.group(), timeout, last.message())));
    }

    private static boolean running(Run run) {
        return run.state() instanceof RunState.Running;
    }

    /** Ends the undoing steps that are not under way; the ones that are may still succeed. */
    Run giveUpUndo(Run run, Set<String> underWay, Instant now) {
        return run.mapSteps(step -> {
            if (!step.action().undoes() || underWay.contains(step.id())) {
                return step;
            }
            return switch (step.progress()) {
                // One that was never tried gets its one attempt, however late it is.
                case StepProgress.Waiting _ -> step;
                case StepProgress.Active _ -> step;
                case StepProgress.RetryDue retry -> step.with(retry.fail(now, retry.last()));
                case StepProgress.Done _, StepProgress.Failed _, StepProgress.Skipped _ -> step;
            };
        });
    }
}
