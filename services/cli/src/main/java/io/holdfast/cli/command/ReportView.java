package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.io.PrintWriter;

/** A run's report for people. */
final class ReportView {
    private final PrintWriter out;

    ReportView(PrintWriter out) {
        this.out = out;
    }

    void print(JsonNode report) {
        out.printf(
                "%s: %s of plan %s, ordered by %s at %s%n",
                Shown.text(report.path("verdict")),
                Shown.text(report.path("mode")),
                Shown.text(report.path("planName")),
                Shown.text(report.path("orderedBy")),
                Shown.text(report.path("orderedAt")));
        out.printf(
                "RPO %s, RTO %s%s%n",
                Shown.duration(report.path("rpo")),
                Shown.duration(report.path("rto")),
                report.hasNonNull("blackout") ? ", blackout " + Shown.duration(report.path("blackout")) : "");
        new TrialTable().of(report).print(out);
        Table groups = new Table("GROUP", "CHECKPOINT", "CUT AT", "LSN", "RPO", "RTO");
        report.path("groups").forEach(group -> group.path("members")
                .forEach(member -> groups.row(
                        Shown.text(group.path("name")),
                        Shown.text(member.path("checkpointId")),
                        Shown.text(member.path("cutAt")),
                        Shown.text(member.path("lsn")),
                        Shown.duration(member.path("rpo")),
                        Shown.duration(group.path("rto")))));
        groups.print(out);
        SourceTable sources = new SourceTable();
        report.path("groups").forEach(group -> group.path("members").forEach(sources::add));
        sources.print(out);
        Table steps = new Table("STEP", "GROUP", "KIND", "STATE", "STARTED", "TOOK");
        report.path("steps")
                .forEach(step -> steps.row(
                        Shown.text(step.path("id")),
                        Shown.text(step.path("group")),
                        Shown.text(step.path("kind")),
                        Shown.text(step.path("state")),
                        Shown.instant(step.path("startedAt")),
                        Shown.duration(step.path("duration"))));
        steps.print(out);
    }
}
