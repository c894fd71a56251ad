package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast rehearsal …}: whether plans were shown to work lately, and when they are to be. */
@Command(
        name = "rehearsal",
        description = "Rehearsals of recovery plans: which are overdue, when the next ones are, what became of them.",
        subcommands = {
            RehearsalCommands.Plans.class,
            RehearsalCommands.Show.class,
            RehearsalCommands.Schedule.class,
            RehearsalCommands.Unschedule.class,
            RehearsalCommands.History.class
        })
public final class RehearsalCommands {
    private RehearsalCommands() {}

    @Command(name = "list", description = "All plans with their last good test; ends with 1 if a test is overdue.")
    static final class Plans extends SiteCommand {
        @Option(names = "--overdue", description = "Only those whose test is overdue.")
        boolean overdueOnly;

        @Override
        ExitCode run() {
            List<JsonNode> plans = site().list("api/v1/rehearsals").stream()
                    .filter(plan -> !overdueOnly || isOverdue(plan))
                    .toList();
            Table table = new Table("PLAN", "TEST", "LAST GOOD TEST", "OVERDUE FROM", "NEXT REHEARSAL");
            show(plans, table, plan -> {
                JsonNode test = plan.path("test");
                table.row(
                        Shown.text(plan.path("name")),
                        Shown.text(test.path("state")),
                        Shown.instant(test.path("lastGoodTestAt")),
                        Shown.instant(test.path("overdueFrom")),
                        Shown.instant(plan.path("nextAt")));
            });
            return plans.stream().anyMatch(Plans::isOverdue) ? ExitCode.FAILED : ExitCode.DONE;
        }

        private static boolean isOverdue(JsonNode plan) {
            return plan.path("test").path("overdue").asBoolean();
        }
    }

    /** A command about one plan. */
    abstract static class OfPlan extends SiteCommand {
        @Parameters(index = "0", paramLabel = "PLAN", description = "Name or id.")
        String plan;

        String path(String what) {
            return "api/v1/plans/" + lookup().plan(plan) + "/" + what;
        }

        ExitCode told(JsonNode state) {
            return show(state, found -> {
                JsonNode test = found.path("test");
                out().printf(
                                "%s; last good test %s, at most %s old%nnext rehearsal %s%n",
                                Shown.text(test.path("state")),
                                Shown.instant(test.path("lastGoodTestAt")),
                                Shown.duration(test.path("overdueAfter")),
                                Shown.instant(found.path("nextAt")));
                JsonNode schedule = found.path("policy").path("schedule");
                if (schedule.isObject()) {
                    out().printf(
                                    "schedule %s, point %s, serves %s, at most %s, missed times %s%n",
                                    schedule.hasNonNull("cron")
                                            ? schedule.path("cron").asText() + " "
                                                    + schedule.path("timeZone").asText()
                                            : "every " + Shown.duration(schedule.path("every")) + " from "
                                                    + Shown.instant(schedule.path("from")),
                                    Shown.text(schedule.path("point")),
                                    Shown.duration(schedule.path("serveFor")),
                                    Shown.duration(schedule.path("limit")),
                                    Shown.text(schedule.path("missed")));
                }
            });
        }
    }

    @Command(
            name = "show",
            description = "When the plan is rehearsed by itself, and how old its last good test may be.")
    static final class Show extends OfPlan {
        @Override
        ExitCode run() {
            return told(site().get(path("rehearsal-policy")));
        }
    }

    @Command(name = "schedule", description = "Has the plan rehearsed by itself; replaces what was said before.")
    static final class Schedule extends OfPlan {
        @Option(
                names = "--cron",
                paramLabel = "FIELDS",
                description = "Minute, hour, day, month, weekday, such as '0 3 * * SUN'.")
        String cron;

        @Option(
                names = "--time-zone",
                paramLabel = "ZONE",
                description = "Of --cron, such as Europe/Berlin; the site's default is UTC.")
        String timeZone;

        @Option(names = "--every", paramLabel = "TIME", description = "Such as 7d, instead of --cron.")
        String every;

        @Option(names = "--from", paramLabel = "INSTANT", description = "Of --every: the first time; default: now.")
        String from;

        @Option(
                names = "--point",
                paramLabel = "POINT",
                description = "LATEST (default), LATEST_APP or LATEST_VERIFIED.")
        String point;

        @Option(
                names = "--serve-for",
                paramLabel = "TIME",
                description = "How long a READY rehearsal goes on; default 0s.")
        String serveFor;

        @Option(
                names = "--limit",
                paramLabel = "TIME",
                description = "After which it is cleaned up, READY or not; default 4h.")
        String limit;

        @Option(
                names = "--missed",
                paramLabel = "WHAT",
                description = "Of times while the site was down: RUN_ONCE (default) or SKIP.")
        String missed;

        @Option(
                names = "--overdue-after",
                paramLabel = "TIME",
                description = "How old the last good test may be; the site's default is 180d.")
        String overdueAfter;

        @Override
        ExitCode run() {
            ObjectNode policy = Words.object();
            duration(policy, "overdueAfter", "--overdue-after", overdueAfter);
            if (cron != null || every != null) {
                ObjectNode schedule = policy.putObject("schedule");
                text(schedule, "cron", cron);
                text(schedule, "timeZone", timeZone);
                duration(schedule, "every", "--every", every);
                text(schedule, "from", from);
                text(schedule, "point", point);
                duration(schedule, "serveFor", "--serve-for", serveFor);
                duration(schedule, "limit", "--limit", limit);
                text(schedule, "missed", missed);
            } else if (overdueAfter == null) {
                throw new CommandFailure(ExitCode.USAGE, "say when, with --cron or --every, or --overdue-after");
            }
            return told(site().put(path("rehearsal-policy"), policy));
        }

        private static void text(ObjectNode into, String key, String value) {
            if (value != null) {
                into.put(key, value);
            }
        }

        private static void duration(ObjectNode into, String key, String option, String value) {
            text(into, key, value == null ? null : Words.duration(option, value).toString());
        }
    }

    @Command(name = "unschedule", description = "Takes away what was said about the plan's rehearsals.")
    static final class Unschedule extends OfPlan {
        @Override
        ExitCode run() {
            return told(site().delete(path("rehearsal-policy")), "the plan is not rehearsed by itself any more");
        }
    }

    @Command(
            name = "history",
            description = "Every rehearsal of the plan, and every time that was skipped; newest first.")
    static final class History extends OfPlan {
        @Option(names = "--limit", paramLabel = "N", defaultValue = "20", description = "Default ${DEFAULT-VALUE}.")
        int limit;

        @Override
        ExitCode run() {
            List<JsonNode> lines = site().list(path("rehearsals"), limit);
            Table table = new Table("AT", "OUTCOME", "RUN", "STATE", "RECOVERED", "BY", "WHY");
            return show(
                    lines,
                    table,
                    line -> table.row(
                            Shown.instant(line.path("at")),
                            Shown.text(line.path("outcome")),
                            Shown.text(line.path("runId")),
                            Shown.text(line.path("state")),
                            line.hasNonNull("recovered")
                                    ? (line.path("recovered").asBoolean() ? "yes" : "no")
                                    : Shown.UNKNOWN,
                            Shown.text(line.path("orderedBy")),
                            line.hasNonNull("code")
                                    ? line.path("code").asText() + ": "
                                            + line.path("reason").asText()
                                    : Shown.UNKNOWN));
        }
    }
}
