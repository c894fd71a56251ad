package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.io.PrintWriter;

/** The checkpoints that a run has tried and left, of a run or a report. */
final class TrialTable {
    private final Table table =
            new Table("TRIED", "GROUP", "CHECKPOINT", "CUT AT", "LEFT AT", "BY", "RECOVERED", "ERROR");
    private boolean empty = true;

    TrialTable of(JsonNode runOrReport) {
        runOrReport.path("trials").forEach(trial -> trial.path("points").forEach(point -> add(trial, point)));
        return this;
    }

    private void add(JsonNode trial, JsonNode point) {
        empty = false;
        table.row(
                Shown.text(trial.path("number")),
                Shown.text(point.path("pgId")),
                Shown.text(point.path("checkpointId")),
                Shown.text(point.path("cutAt")),
                Shown.instant(trial.path("endedAt")),
                Shown.text(trial.path("orderedBy")),
                trial.path("recovered").asBoolean() ? "yes" : "no",
                Shown.text(trial.at("/error/code")));
    }

    /** Nothing when there was one only. */
    void print(PrintWriter out) {
        if (!empty) {
            table.print(out);
        }
    }
}
