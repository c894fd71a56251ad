package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.Approvals;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import java.time.Instant;

/** How the steps that only wait come to their end; a part of what {@link RunScheduler} decides. */
final class Pauses {
    private Pauses() {}

    /** The limit of an approval does not run down while the run is HALTED; a delay, which nobody has to keep, does. */
    static Run end(Run run, Instant now) {
        Run next = run.mapSteps(step -> step.action() instanceof PauseAction.BootDelay boot
                        && step.progress() instanceof StepProgress.Active active
                        && !now.isBefore(dueAt(boot, active))
                ? step.with(active.succeed(now, new StepResult.DelayElapsed()))
                : step);
        return next.state() instanceof RunState.Running ? Approvals.atLimit(next, now) : next;
    }

    static Instant dueAt(PauseAction pause, StepProgress.Active active) {
        return switch (pause) {
            case PauseAction.BootDelay boot -> active.startedAt().plus(boot.delay());
            case PauseAction.AwaitApproval await ->
                active.startedAt().plus(await.approval().timeout());
        };
    }
}
