package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.CheckpointMark;
import io.holdfast.recoveryplan.run.CommitAction;
import io.holdfast.recoveryplan.run.DnsAction;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.HookAction;
import io.holdfast.recoveryplan.run.MachineAction;
import io.holdfast.recoveryplan.run.Machines;
import io.holdfast.recoveryplan.run.OwnershipAction;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.SessionAction;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** How a run that is undone, or released, comes to its end; a part of what {@link RunScheduler} decides. */
record UndoRules(RunLimits limits, RetryRules retries) {

    Run whileCleaningUp(Run run, RunState.CleaningUp cleaning, Set<String> underWay, Instant now) {
        Run next = withoutLostOutcomes(run, underWay, now);
        if (forwardUnderWay(next)) {
            return next;
        }
        next = skipNeedless(next, _ -> true, now);
        boolean outOfTime = !now.isBefore(cleaning.since().plus(limits.cleanupLimit()));
        if (outOfTime) {
            next = retries.giveUp(next, _ -> true, underWay, now);
        }
        if (next.undoSteps().stream().anyMatch(step -> step.progress().open())) {
            return next;
        }
        List<String> left = failedUndo(next);
        return next.withState(
                left.isEmpty()
                        ? cleaning.cleaned(now)
                        : cleaning.giveUp(
                                now,
                                Failure.of(
                                        RunError.CLEANUP_INCOMPLETE,
                                        "sessions may still be open, machines run, VMs not be returned, or names not be restored, after %s of trying: %s; look at the journal-store, the hosts, the protection groups and the name servers"
                                                .formatted(limits.cleanupLimit(), String.join(", ", left)))));
    }

    /** Forward steps of an executor that is gone are not waited for. */
    static Run withoutLostOutcomes(Run run, Set<String> underWay, Instant now) {
        return run.mapSteps(step -> !step.action().undoes()
                        && step.progress() instanceof StepProgress.Active active
                        && !underWay.contains(step.id())
                ? step.with(active.skip(now, "the run was stopped before the outcome was known"))
                : step);
    }

    static boolean forwardUnderWay(Run run) {
        return run.steps().stream()
                .anyMatch(step -> !step.action().undoes() && step.progress() instanceof StepProgress.Active);
    }

    private static List<String> failedUndo(Run run) {
        return run.undoSteps().stream()
                .filter(Step::leavesSomething)
                .map(Step::id)
                .toList();
    }

    /** Ownership stays where it is: giving it back is another decision. */
    Run whileReleasing(Run run, RunState.Releasing releasing, Set<String> underWay, Instant now) {
        Run next = run;
        if (!now.isBefore(releasing.since().plus(limits.cleanupLimit()))) {
            next = retries.giveUp(next, _ -> true, underWay, now);
        }
        if (next.undoSteps().stream().anyMatch(step -> step.progress().open())) {
            return next;
        }
        List<String> left = failedUndo(next);
        return next.withState(
                left.isEmpty()
                        ? releasing.released(now)
                        : releasing.giveUp(
                                now,
                                Failure.of(
                                        RunError.RELEASE_INCOMPLETE,
                                        "machines may still run, or sessions be open, after %s of trying: %s; look at the hosts, and release again"
                                                .formatted(limits.cleanupLimit(), String.join(", ", left)))));
    }

    /** @param which of the undoing steps */
    static Run skipNeedless(Run run, Predicate<Step> which, Instant now) {
        return run.mapSteps(step -> step.progress() instanceof StepProgress.Waiting waiting && which.test(step)
                ? needless(run, step)
                        .map(why -> step.with(waiting.skip(now, why)))
                        .orElse(step)
                : step);
    }

    private static Optional<String> needless(Run run, Step step) {
        return switch (step.action()) {
            case SessionAction.CloseSession close
            when !run.step(close.openStepId()).everBegun() -> Optional.of("its session was never asked for");
            case MachineAction.StopMachine stop
            when !run.step(stop.startStepId()).everBegun() -> Optional.of("its machine was never asked for");
            case HookAction.BeforeStop hook
            when Machines.started(run.step(hook.startStepId())).isEmpty() ->
                Optional.of("its machine was not seen to run");
            case CommitAction.ResumeReplication resume
            when !run.step(resume.stopStepId()).everBegun() -> Optional.of("its group was never asked to pause");
            case OwnershipAction.ReturnOwnership back
            when !run.step(back.takeStepId()).everBegun() -> Optional.of("its group was never taken");
            case DnsAction.RestoreDns restore
            when !run.step(restore.updateStepId()).everBegun() -> Optional.of("its record set was never changed");
            case DnsAction.RestoreDns restore
            when DnsAction.found(run, restore.readStepId()).isEmpty() ->
                Optional.of("its record set was never read, and so not changed");
            case SessionAction.MarkCheckpoint mark
            when CheckpointMark.of(run, mark).isEmpty() -> Optional.of("nothing was learned of the checkpoint");
            case SessionAction.CloseSession _,
                    MachineAction.StopMachine _,
                    SessionAction.MarkCheckpoint _,
                    CommitAction.ResumeReplication _,
                    OwnershipAction _,
                    SessionAction.ChoosePoint _,
                    SessionAction.Open _,
                    SessionAction.WaitReady _,
                    MachineAction.PlaceMachines _,
                    MachineAction.StartMachine _,
                    MachineAction.AwaitMachines _,
                    PauseAction _,
                    HookAction _,
                    DnsAction _,
                    CommitAction.StopReplication _,
                    CommitAction.CommitSession _ -> Optional.empty();
        };
    }
}
