package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code holdfast status}: what somebody looks at first at 3 a.m. */
@Command(
        name = "status",
        description = "Whether everything is protected now. Exit code 1 when something critical is wrong or not known.")
public final class StatusCommand extends SiteCommand {
    @Override
    ExitCode run() {
        List<JsonNode> groups = site().list("api/v1/protection-groups").stream()
                .filter(group -> !"REMOVED".equals(group.path("lifecycle").asText()))
                .toList();
        List<JsonNode> live = site().list("api/v1/runs", 200).stream()
                .filter(run -> !run.hasNonNull("endedAt"))
                .toList();
        ObjectNode result = Words.object();
        groups.forEach(result.putArray("groups")::add);
        live.forEach(result.putArray("liveRuns")::add);
        boolean wrong = groups.stream().anyMatch(StatusCommand::critical);
        result.put("critical", wrong);
        show(result, _ -> print(groups, live));
        return wrong ? ExitCode.FAILED : ExitCode.DONE;
    }

    private static boolean critical(JsonNode group) {
        return group.path("conditions")
                .valueStream()
                .anyMatch(one -> "CRITICAL".equals(one.path("severity").asText())
                        && !"TRUE".equals(one.path("status").asText()));
    }

    private void print(List<JsonNode> groups, List<JsonNode> live) {
        Table table = new Table("GROUP", "LIFECYCLE", "RPO", "", "PROBLEMS");
        groups.forEach(group -> table.row(
                Shown.text(group.path("name")),
                Shown.text(group.path("lifecycle")),
                GroupCommands.rpo(group),
                critical(group) ? "CRITICAL" : "",
                GroupCommands.problems(group)));
        table.print(out());
        if (!live.isEmpty()) {
            out().println();
            Table runs = new Table("RUN", "PLAN", "MODE", "STATE", "SINCE");
            live.forEach(run -> runs.row(
                    Shown.text(run.path("id")),
                    Shown.text(run.path("planName")),
                    Shown.text(run.path("mode")),
                    Shown.text(run.path("state")),
                    Shown.instant(run.path("orderedAt"))));
            runs.print(out());
        }
    }
}
