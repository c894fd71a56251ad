package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.io.PrintWriter;

/** A run for people. */
final class RunView {
    private final PrintWriter out;

    RunView(PrintWriter out) {
        this.out = out;
    }

    void print(JsonNode run) {
        summary(run);
        Table steps = new Table("STEP", "GROUP", "KIND", "STATE", "STARTED", "ENDED", "DETAIL");
        run.path("steps")
                .forEach(step -> steps.row(
                        Shown.text(step.path("id")),
                        Shown.text(step.path("group")),
                        Shown.text(step.path("kind")),
                        Shown.text(step.path("state")),
                        Shown.instant(step.path("startedAt")),
                        Shown.instant(step.path("endedAt")),
                        Shown.text(step.path("detail"))));
        steps.print(out);
    }

    private void policy(JsonNode run) {
        if (run.at("/failover/actsAt").isTextual()) {
            out.printf(
                    "%s by itself at %s%n",
                    Shown.text(run.at("/failover/commitPolicy")), Shown.instant(run.at("/failover/actsAt")));
        } else if (run.path("failover").isObject() && run.path("state").asText().equals("READY")) {
            out.println("waits for commit or rollback");
        }
    }

    void summary(JsonNode run) {
        out.printf(
                "%s  %s of %s  %s%s%n",
                Shown.text(run.path("id")),
                Shown.text(run.path("mode")),
                Shown.text(run.path("planName")),
                Shown.text(run.path("state")),
                run.path("recovered").asBoolean() ? ", recovered" : "");
        if (run.path("error").isObject()) {
            out.printf("%s: %s%n", Shown.text(run.at("/error/code")), Shown.text(run.at("/error/message")));
        }
        if (run.hasNonNull("blackout")) {
            out.printf("blackout %s%n", Shown.duration(run.path("blackout")));
        }
        policy(run);
        new TrialTable().of(run).print(out);
        run.path("approvals")
                .valueStream()
                .filter(approval -> approval.path("state").asText().equals("WAITING"))
                .forEach(approval -> out.printf(
                        "waits for approval of '%s' (step %s) until %s%n%s",
                        Shown.text(approval.path("name")),
                        Shown.text(approval.path("stepId")),
                        Shown.instant(approval.path("until")),
                        approval.path("text").asText().isEmpty()
                                ? ""
                                : "  " + approval.path("text").asText() + System.lineSeparator()));
        SourceTable sources = new SourceTable();
        run.path("groups").forEach(sources::add);
        sources.print(out);
        if (!run.path("sessions").isEmpty()) {
            DiskTable disks = new DiskTable();
            run.path("sessions").forEach(session -> disks.add(session.path("exports")));
            disks.print(out);
        }
    }
}
