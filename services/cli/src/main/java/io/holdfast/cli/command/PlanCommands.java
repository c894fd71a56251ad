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
            ObjectNode wanted = withIds(Words.file(file).deepCopy());
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

        /** People keep plans in version control, where names stay and ids do not. */
        private ObjectNode withIds(ObjectNode plan) {
            plan.path("groups").forEach(group -> {
                if (group instanceof ObjectNode one && one.path("pgIds").isArray()) {
                    List<String> ids = one.path("pgIds")
                            .valueStream()
                            .map(pg -> lookup().group(pg.asText()))
                            .toList();
                    ids.forEach(one.putArray("pgIds")::add);
                }
            });
            return plan;
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
