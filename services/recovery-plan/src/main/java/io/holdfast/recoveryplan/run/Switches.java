package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a run goes to other points without being left; docs/recovery-runs.md, "Another checkpoint", has the tables. */
public final class Switches {
    private Switches() {}

    /** @param asked by protection group; what is not in it stays as it is */
    static Run order(Run run, String by, Map<PgId, RecoveryPoint> asked, Instant now) {
        requireMode(run);
        Map<PgId, RecoveryPoint> points = new HashMap<>();
        run.order().plan().pgIds().forEach(pg -> points.put(pg, asked.getOrDefault(pg, present(run, pg))));
        RunState.Switching next = new RunState.Switching(now, new PointSwitch(by, now, points));
        return switch (run.state()) {
            case RunState.Switching switching ->
                switching.to().points().equals(points) ? run : run.withState(switching.insteadTo(next.to()));
            case RunState.Pending _ ->
                throw new HoldfastException(
                        RunError.RUN_NOT_READY, "run %s is PENDING and has nothing to leave yet".formatted(run.id()));
            case RunState.Running _, RunState.Ready _ -> leave(run, next, now);
            case RunState.Halted halted when halted.committingBy().isEmpty() -> leave(run, next, now);
            case RunState.Halted _, RunState.Committing _ ->
                throw new HoldfastException(
                        RunError.COMMIT_UNDER_WAY,
                        "run %s has begun to commit and stays at its points; retry, or roll back".formatted(run.id()));
            case RunState.CleaningUp _, RunState.Releasing _, RunState.Ended _ ->
                throw new HoldfastException(
                        RunError.RUN_ENDED,
                        "run %s is %s and cannot be changed any more"
                                .formatted(run.id(), run.state().name()));
        };
    }

    private static void requireMode(Run run) {
        if (!run.order().mode().choosesPoints()) {
            throw new HoldfastException(
                    RunError.COMMAND_NOT_OF_MODE,
                    "run %s is of mode %s, whose point is the checkpoint behind the fence; roll it back and order UNPLANNED with another one"
                            .formatted(run.id(), run.order().mode()));
        }
    }

    private static Run leave(Run run, RunState.Switching next, Instant now) {
        if (run.trials().number() >= Trials.MOST) {
            throw new HoldfastException(
                    RunError.TOO_MANY_TRIALS,
                    "run %s is in its trial number %d, and no run has more; end it and order a new one"
                            .formatted(run.id(), run.trials().number()));
        }
        return run.leaving(next, now);
    }

    private static RecoveryPoint present(Run run, PgId pg) {
        return run.steps().stream()
                .filter(step -> step.action() instanceof SessionAction.ChoosePoint choose
                        && choose.pgId().equals(pg))
                .flatMap(step -> run.checkpoint(step.id()).stream())
                .<RecoveryPoint>map(chosen -> new RecoveryPoint.AtCheckpoint(chosen.id()))
                .findFirst()
                .orElse(run.points().get(pg));
    }

    /** Tries again to let go what could not be let go. */
    static Run retry(Run run, RunState.Switching again) {
        return run.withState(again).mapSteps(step -> step.leavesSomething() ? step.anew() : step);
    }

    /** The run in its next trial. Only when nothing of the present one is there any more, or may still come. */
    public static Run nextTrial(Run run, RunState.Switching switching, Instant now) {
        List<Trial> ended = new ArrayList<>(run.trials().ended());
        ended.add(new Trial(run.trials().number(), run.trials().current(), now, run.recovered(), run.steps()));
        return new Run(
                run.order(),
                switching.switched(now),
                run.steps().stream()
                        .map(step -> inNextTrial(step, switching.to().points()))
                        .toList(),
                new Trials(ended, Optional.of(switching.to())));
    }

    private static Step inNextTrial(Step step, Map<PgId, RecoveryPoint> points) {
        boolean done = step.progress() instanceof StepProgress.Done;
        return switch (step.action()) {
            case OwnershipAction.ReturnOwnership _, CommitAction _ -> step;
            // What may have been taken is not forgotten: it has to be given back in the end.
            case OwnershipAction _ -> done || !step.everBegun() ? step.with(waitingUnlessDone(step)) : step.anew();
            case PauseAction.AwaitApproval _ -> done ? step : fresh(step, step.action());
            case SessionAction.ChoosePoint choose ->
                fresh(
                        step,
                        new SessionAction.ChoosePoint(choose.pgId(), points.get(choose.pgId()), choose.finalStepId()));
            // What stood there before the run stays known; the update is made sure of in each trial, and undone once.
            case DnsAction.ReadDns _ -> done ? step : fresh(step, step.action());
            case DnsAction.UpdateDns _ -> step.everBegun() ? step.anew() : fresh(step, step.action());
            case DnsAction.RestoreDns _ -> step;
            case SessionAction _, MachineAction _, PauseAction _, HookAction _ -> fresh(step, step.action());
        };
    }

    private static StepProgress waitingUnlessDone(Step step) {
        return step.progress() instanceof StepProgress.Done ? step.progress() : new StepProgress.Waiting();
    }

    /** As if it had never begun, rounds included: its keys have the trial in them. */
    private static Step fresh(Step step, StepAction action) {
        return new Step(step.id(), step.group(), action, step.after(), new StepProgress.Waiting());
    }
}
