package io.holdfast.recoveryplan.report.page;

import io.holdfast.recoveryplan.report.RunReport;
import java.util.List;

/** The points that the run was at before, and what became of them there. */
final class TrialSection {
    private final Html page;

    TrialSection(Html page) {
        this.page = page;
    }

    void write(List<RunReport.Trial> trials) {
        page.heading("What was tried before, at other points");
        trials.forEach(this::trial);
    }

    private void trial(RunReport.Trial trial) {
        page.subheading("Trial " + trial.number())
                .beginFacts()
                .fact("Ordered by", trial.orderedBy())
                .fact("Ordered at", trial.orderedAt())
                .fact("Left at", trial.endedAt())
                .fact("Every group was recovered", trial.recovered());
        if (trial.error() != null) {
            page.fact("Code", trial.error().code()).fact("Reason", trial.error().message());
        }
        page.endFacts().beginTable(List.of("Protection group", "Point asked for", "Checkpoint", "Cut at"));
        trial.points()
                .forEach(point -> page.row(point.pgId(), point.pointAskedFor(), point.checkpointId(), point.cutAt()));
        page.endTable();
        new StepTable(page).write(trial.steps());
    }
}
