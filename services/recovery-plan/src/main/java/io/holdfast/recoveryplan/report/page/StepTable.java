package io.holdfast.recoveryplan.report.page;

import io.holdfast.recoveryplan.report.RunReport;
import java.util.List;

/** Steps, one in a row. */
final class StepTable {
    private final Html page;

    StepTable(Html page) {
        this.page = page;
    }

    void write(List<RunReport.StepLine> steps) {
        page.beginTable(List.of("Step", "Group", "State", "Began", "Ended", "Took", "Tries", "What became of it"));
        steps.forEach(step -> page.row(
                step.kind() + " (" + step.id() + ")",
                step.group(),
                step.state(),
                step.startedAt(),
                step.endedAt(),
                step.duration(),
                step.attempts(),
                step.detail()));
        page.endTable();
    }
}
