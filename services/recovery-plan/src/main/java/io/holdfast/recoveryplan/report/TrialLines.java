package io.holdfast.recoveryplan.report;

import io.holdfast.recoveryplan.run.PointSwitch;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.SessionAction;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepAction;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import io.holdfast.recoveryplan.run.Trial;
import java.util.List;
import java.util.stream.Stream;

/** What a run did before it went to other points. */
public final class TrialLines {
    private TrialLines() {}

    /** In their order, without the present one. */
    public static List<RunReport.Trial> of(Run run) {
        return run.trials().ended().stream().map(trial -> line(run, trial)).toList();
    }

    private static RunReport.Trial line(Run run, Trial trial) {
        return new RunReport.Trial(
                trial.number(),
                trial.begunBy().map(PointSwitch::by).orElse(run.order().orderedBy()),
                trial.begunBy().map(PointSwitch::at).orElse(run.order().orderedAt()),
                trial.endedAt(),
                trial.recovered(),
                trial.failure()
                        .map(failure -> new RunReport.Problem(failure.code(), failure.message()))
                        .orElse(null),
                trial.steps().stream()
                        .filter(step -> step.action() instanceof SessionAction.ChoosePoint)
                        .map(step -> point(run, trial, step))
                        .toList(),
                trial.steps().stream().map(StepView::of).toList());
    }

    private static RunReport.TrialPoint point(Run run, Trial trial, Step choosing) {
        String asked = trial.points(run.order())
                .get(choosing.action().pg().orElseThrow())
                .describe();
        String pg = choosing.action().pg().orElseThrow().toString();
        return choosing.progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.PointChosen chosen
                ? new RunReport.TrialPoint(
                        pg,
                        asked,
                        chosen.checkpoint().id().toString(),
                        chosen.checkpoint().cutAt())
                : new RunReport.TrialPoint(pg, asked, null, null);
    }

    /** Of all trials. */
    static int countDone(Run run, Class<? extends StepAction> kind) {
        return (int) Stream.concat(
                        run.trials().ended().stream().flatMap(trial -> trial.steps().stream()), run.steps().stream())
                .filter(step -> kind.isInstance(step.action()) && step.progress() instanceof StepProgress.Done)
                .count();
    }
}
