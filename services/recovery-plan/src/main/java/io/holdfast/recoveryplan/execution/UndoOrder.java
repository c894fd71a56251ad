package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.HookAction;
import io.holdfast.recoveryplan.run.MachineAction;
import io.holdfast.recoveryplan.run.OwnershipAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.SessionAction;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import java.util.stream.Stream;

/**
 * When an undoing step may begin. What comes before it has to have been tried: a session that cannot be closed now does not keep the others open. Two
 * steps wait until it is really ended: giving ownership back, or two places could write; and ending the session of a run that is not over, or a machine would lose
 * its disks while it runs.
 */
final class UndoOrder {
    private UndoOrder() {}

    static boolean mayBegin(Run run, Step step) {
        return step.after().stream().map(run::step).allMatch(UndoOrder::isTried)
                && needed(run, step).allMatch(before -> isEnded(before.progress()));
    }

    /** Whether something that it waits for will never be ended. */
    static boolean isBarred(Run run, Step step) {
        return needed(run, step).anyMatch(before -> before.progress() instanceof StepProgress.Failed);
    }

    private static Stream<Step> needed(Run run, Step step) {
        Stream<Step> before = step.after().stream().map(run::step);
        return switch (step.action()) {
            case OwnershipAction.ReturnOwnership _ -> before;
            case SessionAction.CloseSession _
            when run.state() instanceof RunState.Releasing || run.state() instanceof RunState.Switching ->
                before.filter(other -> other.action() instanceof MachineAction.StopMachine);
            default -> Stream.empty();
        };
    }

    private static boolean isEnded(StepProgress progress) {
        return switch (progress) {
            case StepProgress.Done _, StepProgress.Skipped _ -> true;
            case StepProgress.Waiting _, StepProgress.Active _, StepProgress.RetryDue _, StepProgress.Failed _ -> false;
        };
    }

    /** A hook before a stop gets all its attempts; they are few, and none of them holds anything. */
    private static boolean isTried(Step step) {
        return step.action() instanceof HookAction ? !step.progress().open() : wasTried(step.progress());
    }

    private static boolean wasTried(StepProgress progress) {
        return switch (progress) {
            case StepProgress.RetryDue _, StepProgress.Done _, StepProgress.Failed _, StepProgress.Skipped _ -> true;
            case StepProgress.Active active -> active.attempt() > 1;
            case StepProgress.Waiting _ -> false;
        };
    }
}
