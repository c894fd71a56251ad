package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast plan …}: recovery plans. */
@Command(
        name = "plan",
        description = "Recovery plans: what is recovered, in which order.",
        subcommands = {
            PlanCommands.Plans.class,
            PlanCommands.Show.class,
            PlanCommands.Apply.class,
            PlanCommands.Check.class,
            PlanCommands.Drift.class,
            PlanCommands.Delete.class
        })
public final class PlanCommands {
    private static final String PLANS = "api/v1/plans";

    private static String texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).collect(Collectors.joining(", "));
    }

    @Command(name = "list", description = "All plans.")
    static final class Plans extends SiteCommand {
        @Override
        ExitCode run() {
            List<JsonNode> plans = site().list(PLANS);
            Table table = new Table("NAME", "ID", "REVISION", "GROUPS", "CHANGED AT", "BY");
            return show(
                    plans,
                    table,
                    plan -> table.row(
                            Shown.text(plan.path("name")),
                            Shown.text(plan.path("id")),
                            Shown.text(plan.path("revision")),
                            plan.path("groups")
                                    .valueStream()
                                    .map(group -> group.path("name").asText())
                                    .collect(Collectors.joining(", ")),
                            Shown.instant(plan.path("changedAt")),
                            Shown.text(plan.path("changedBy"))));
        }
    }

    @Command(name = "show", description = "One plan.")
    static final class Show extends SiteCommand {
        @Parameters(paramLabel = "PLAN", description = "Name or id.")
        String plan;

        @Override
        ExitCode run() {
            return show(site().get(PLANS + "/" + lookup().plan(plan)), this::print);
        }

        private void print(JsonNode found) {
            out().printf(
                            "%s  %s  revision %s%n",
                            Shown.text(found.path("name")),
                            Shown.text(found.path("id")),
                            Shown.text(found.path("revision")));
            Table groups = new Table("GROUP", "AFTER", "READINESS", "LIMIT", "THEN WAITS", "PROTECTION GROUPS");
            found.path("groups")
                    .forEach(group -> groups.row(
                            Shown.text(group.path("name")),
                            texts(group.path("dependsOn")),
                            Shown.text(group.at("/readiness/type")),
                            Shown.duration(group.at("/readiness/timeout")),
                            Shown.duration(group.path("bootDelay")),
                            texts(group.path("pgIds"))));
            groups.print(out());
        }
    }

    @Command(
            name = "apply",
            description =
                    "Makes the plan of a file, or changes the one with its name to be like it. Other plans stay as they are.")
    static final class Apply extends SiteCommand {
        @Option(
                names = {"-f", "--file"},
                required = true,
                paramLabel = "FILE",
                description =
                        "JSON (docs/rest-api.md); protection groups may be named instead of given by id. - is standard input.")
        Path file;

        @Override
        ExitCode run() {
            ObjectNode wanted = lookup().withGroupIds(Words.file(file));
            String name = wanted.path("name").asText();
            Optional<JsonNode> known = site().list(PLANS).stream()
                    .filter(plan -> plan.path("name").asText().equals(name))
                    .findFirst();
            JsonNode result = known.map(plan -> site().put(
                                    PLANS + "/" + plan.path("id").asText(),
                                    wanted,
                                    plan.path("revision").asLong()))
                    .orElseGet(() -> site().post(PLANS, wanted));
            return told(
                    result,
                    "plan %s has revision %s"
                            .formatted(Shown.text(result.path("id")), Shown.text(result.path("revision"))));
        }
    }

    @Command(
            name = "lint",
            aliases = "check",
            description = "What would stand in the way of a run now. Exit code 1 when something would.")
    static final class Check extends SiteCommand {
        @Parameters(paramLabel = "PLAN", description = "Name or id.")
        String plan;

        @Override
        ExitCode run() {
            JsonNode found = site().get(PLANS + "/" + lookup().plan(plan) + "/preflight");
            show(found, this::print);
            return found.path("ok").asBoolean() ? ExitCode.DONE : ExitCode.FAILED;
        }

        private void print(JsonNode found) {
            if (found.path("findings").isEmpty()) {
                out().println("nothing stands in the way");
                return;
            }
            Table findings = new Table("SEVERITY", "CODE", "GROUP", "FINDING", "TO DO");
            found.path("findings")
                    .forEach(one -> findings.row(
                            Shown.text(one.path("severity")),
                            Shown.text(one.path("code")),
                            Shown.text(one.path("group")),
                            Shown.text(one.path("message")),
                            Shown.text(one.path("toDo"))));
            findings.print(out());
        }
    }

    @Command(
            name = "drift",
            description =
                    "What would be recovered now and is not what the last good test recovered. Exit code 1 when there is such.")
    static final class Drift extends SiteCommand {
        @Parameters(paramLabel = "PLAN", description = "Name or id.")
        String plan;

        @Override
        ExitCode run() {
            JsonNode found = site().get(PLANS + "/" + lookup().plan(plan) + "/drift");
            show(found, this::print);
            return found.path("drifted").asBoolean() ? ExitCode.FAILED : ExitCode.DONE;
        }

        private void print(JsonNode found) {
            JsonNode test = found.path("test");
            out().println(
                            test.isNull()
                                    ? "no test of the plan has succeeded yet"
                                    : "the last good test was run %s, of revision %s of the plan; it is at revision %s"
                                            .formatted(
                                                    Shown.text(test.path("runId")),
                                                    Shown.text(test.path("planRevision")),
                                                    Shown.text(found.path("planRevision"))));
            Table machines = new Table("VM", "STATE", "WHAT", "TESTED", "NOW");
            for (JsonNode machine : found.path("machines")) {
                String name = Shown.text(machine.path("name"));
                String kind = Shown.text(machine.path("kind"));
                if (machine.path("changes").isEmpty()) {
                    machines.row(name, kind, "", "", "");
                }
                for (JsonNode change : machine.path("changes")) {
                    machines.row(
                            name,
                            kind,
                            Shown.text(change.path("what")),
                            Shown.text(change.path("before")),
                            Shown.text(change.path("now")));
                }
            }
            machines.print(out());
            Table cards = new Table("VM", "CARD", "SOURCE", "IN A TEST", "LIVE");
            found.path("machines").forEach(machine -> machine.path("cards")
                    .forEach(card -> cards.row(
                            Shown.text(machine.path("name")),
                            Shown.text(card.path("name")),
                            Shown.text(card.path("source")),
                            Shown.text(card.path("test")),
                            Shown.text(card.path("live")))));
            cards.print(out());
            found.path("unknownGroups").forEach(group -> out().println(
                            "the newest checkpoint of %s could not be asked".formatted(Shown.text(group))));
        }
    }

    @Command(name = "delete", description = "Deletes a plan. Its runs and reports stay.")
    static final class Delete extends SiteCommand {
        @Parameters(paramLabel = "PLAN", description = "Name or id.")
        String plan;

        @Override
        ExitCode run() {
            String path = PLANS + "/" + lookup().plan(plan);
            long revision = site().get(path).path("revision").asLong();
            return told(site().delete(path, revision), "deleted");
        }
    }
}
