package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import io.holdfast.cli.site.Site;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast run …}: executions of plans. */
@Command(
        name = "run",
        description = "Runs of recovery plans: rehearsals and recoveries.",
        subcommands = {
            RunCommands.Start.class,
            RunCommands.Runs.class,
            RunCommands.Show.class,
            RunCommands.Watch.class,
            RunCommands.Finish.class,
            RunCommands.Cancel.class,
            RunCommands.Commit.class,
            RunCommands.Rollback.class,
            RunCommands.Retry.class,
            SwitchCommand.class,
            ApprovalCommands.Approve.class,
            ApprovalCommands.Reject.class,
            RunCommands.Release.class,
            ReportCommands.Report.class,
            ReportCommands.Screen.class
        })
public final class RunCommands {
    private static final String RUNS = "api/v1/runs";

    private static String path(String run) {
        return RUNS + "/" + Site.encoded(run);
    }

    @Command(
            name = "start",
            description = "Runs a plan, shows each step, and ends when it is READY (recovered and usable) or over.")
    static final class Start extends SiteCommand {
        @Parameters(paramLabel = "PLAN", description = "Name or id.")
        String plan;

        @Option(
                names = "--mode",
                paramLabel = "MODE",
                defaultValue = "TEST",
                description = "TEST, CLONE, PLANNED, MOVE or UNPLANNED; default ${DEFAULT-VALUE}.")
        String mode;

        @Option(
                names = "--point",
                paramLabel = "GROUP=POINT",
                description = Points.DESCRIPTION + " Latest when missing.")
        Map<String, String> points = new LinkedHashMap<>();

        @Option(
                names = "--expires-after",
                paramLabel = "TIME",
                description = "Cleaned up by itself then; the site's default is 4h.")
        String expiry;

        @Option(
                names = "--commit-policy",
                paramLabel = "POLICY",
                description = "What becomes of a recovery that nobody decides about: NONE, COMMIT or ROLLBACK.")
        String commitPolicy;

        @Option(names = "--commit-after", paramLabel = "TIME", description = "When the commit policy acts.")
        String commitAfter;

        @Option(
                names = "--on-failure",
                paramLabel = "WHAT",
                description = "STOP: a failed step waits for a person; ROLLBACK: everything is undone.")
        String onFailure;

        @Option(
                names = "--shutdown-grace",
                paramLabel = "TIME",
                description = "PLANNED, MOVE: time for each VM to shut down; the site's default is 5m.")
        String shutdownGrace;

        @Option(
                names = "--skip-shutdown",
                description = "PLANNED, MOVE: asks no VM to shut down; they are cut off from their disks.")
        boolean skipShutdown;

        @Option(
                names = "--only-vm",
                paramLabel = "VM",
                description = "Only this VM of the plan, by name or id; can be repeated.")
        List<String> onlyVms = List.of();

        @Option(
                names = "--only-volume",
                paramLabel = "GROUP=VOLUME",
                description = "Only this volume, by id, without starting a machine; can be repeated.")
        List<String> onlyVolumes = List.of();

        @Option(
                names = "--attach",
                paramLabel = "NETWORK=HOST-NETWORK",
                description = "CLONE: plugs NICs of the first network into the second one of the recovery site.")
        Map<String, String> attach = new LinkedHashMap<>();

        @Option(names = "--force", description = "Also when 'plan lint' finds what would keep the run from its end.")
        boolean force;

        @Option(names = "--no-wait", description = "Only orders it.")
        boolean noWait;

        @Option(
                names = "--wait-limit",
                paramLabel = "TIME",
                defaultValue = "1h",
                description = "Default ${DEFAULT-VALUE}.")
        String waitLimit;

        @Override
        ExitCode run() {
            String id = lookup().plan(plan);
            JsonNode ordered = site().post("api/v1/plans/" + id + "/runs", order());
            String run = ordered.path("id").asText();
            if (noWait) {
                return told(ordered, "run " + run + " is ordered");
            }
            aside().println("run " + run);
            return new RunWatch(this, Words.duration("--wait-limit", waitLimit)).untilUsable(path(run));
        }

        private ObjectNode order() {
            ObjectNode order = Words.object().put("mode", mode);
            if (!points.isEmpty()) {
                order.set("points", Points.of(points, lookup()));
            }
            if (expiry != null) {
                order.put(
                        "expiresAfter",
                        Words.duration("--expires-after", expiry).toString());
            }
            if (commitPolicy != null) {
                order.put("commitPolicy", commitPolicy);
            }
            if (commitAfter != null) {
                order.put(
                        "commitAfter",
                        Words.duration("--commit-after", commitAfter).toString());
            }
            if (onFailure != null) {
                order.put("onFailure", onFailure);
            }
            new Part(onlyVms, onlyVolumes).addTo(order, lookup());
            if (!attach.isEmpty()) {
                ObjectNode networks = order.putObject("attach");
                attach.forEach(networks::put);
            }
            if (force) {
                order.put("force", true);
            }
            if (shutdownGrace != null || skipShutdown) {
                ObjectNode shutdown = order.putObject("shutdown").put("skip", skipShutdown);
                if (shutdownGrace != null) {
                    shutdown.put(
                            "grace",
                            Words.duration("--shutdown-grace", shutdownGrace).toString());
                }
            }
            return order;
        }
    }

    @Command(name = "list", description = "Newest first.")
    static final class Runs extends SiteCommand {
        @Option(names = "--plan", paramLabel = "PLAN", description = "Only of this plan.")
        String plan;

        @Option(names = "--state", paramLabel = "STATE", description = "Only in this state.")
        String state;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "20", description = "Default ${DEFAULT-VALUE}.")
        int limit;

        @Override
        ExitCode run() {
            String query = (plan == null ? "?" : "?planId=" + lookup().plan(plan) + "&")
                    + (state == null ? "" : "state=" + Site.encoded(state));
            List<JsonNode> runs = site().list(RUNS + query, limit);
            Table table = new Table("ORDERED AT", "ID", "PLAN", "MODE", "STATE", "RECOVERED", "BY");
            return show(
                    runs,
                    table,
                    run -> table.row(
                            Shown.instant(run.path("orderedAt")),
                            Shown.text(run.path("id")),
                            Shown.text(run.path("planName")),
                            Shown.text(run.path("mode")),
                            Shown.text(run.path("state")),
                            run.path("recovered").asBoolean() ? "yes" : "no",
                            Shown.text(run.path("orderedBy"))));
        }
    }

    /** A command about one run. */
    abstract static class OfRun extends SiteCommand {
        @Parameters(index = "0", paramLabel = "RUN", description = "Its id.")
        String run;

        String path() {
            return RUNS + "/" + Site.encoded(run);
        }
    }

    /** One that shows how the run goes on. */
    abstract static class Followed extends OfRun {
        @Option(
                names = "--wait-limit",
                paramLabel = "TIME",
                defaultValue = "1h",
                description = "Default ${DEFAULT-VALUE}.")
        String waitLimit;

        RunWatch watch() {
            return new RunWatch(this, Words.duration("--wait-limit", waitLimit));
        }
    }

    @Command(name = "show", description = "One run with its steps and open disks.")
    static final class Show extends OfRun {
        @Override
        ExitCode run() {
            return show(site().get(path()), found -> new RunView(out()).print(found));
        }
    }

    @Command(name = "watch", description = "Shows the steps of a run until it is READY or over.")
    static final class Watch extends Followed {
        @Option(names = "--to-the-end", description = "Also while it is READY.")
        boolean toTheEnd;

        @Override
        ExitCode run() {
            return toTheEnd ? watch().untilOver(path()) : watch().untilUsable(path());
        }
    }

    /** An order to a run, followed until it is over. */
    abstract static class Ending extends Followed {
        @Option(names = "--no-wait", description = "Only orders it.")
        boolean noWait;

        abstract String verb();

        @Override
        ExitCode run() {
            JsonNode ordered = site().post(path() + "/" + verb());
            return noWait ? told(ordered, verb() + " is ordered") : watch().untilOver(path());
        }
    }

    @Command(
            name = "finish",
            description = "Ends a rehearsal that is READY: everything of it is removed, the report is completed.")
    static final class Finish extends Ending {
        @Override
        String verb() {
            return "finish";
        }
    }

    @Command(name = "cancel", description = "Stops a run and undoes what it did.")
    static final class Cancel extends Ending {
        @Override
        String verb() {
            return "cancel";
        }
    }

    @Command(name = "commit", description = "Keeps a recovery for good.")
    static final class Commit extends Ending {
        @Override
        String verb() {
            return "commit";
        }
    }

    @Command(
            name = "release",
            description =
                    "Stops the machines of a committed recovery and ends its disks, so that its VMs can go home; then 'group return'. Ends a CLONE, too.")
    static final class Release extends Ending {
        @Override
        String verb() {
            return "release";
        }
    }

    @Command(name = "rollback", description = "Returns to before a recovery.")
    static final class Rollback extends Ending {
        @Override
        String verb() {
            return "rollback";
        }
    }

    @Command(name = "retry", description = "Tries the failed step of a HALTED run again.")
    static final class Retry extends Followed {
        @Option(
                names = "--skip-shutdown",
                description = "VMs that did not shut down are cut off from their disks instead.")
        boolean skipShutdown;

        @Override
        ExitCode run() {
            site().post(path() + "/retry" + (skipShutdown ? "?skipShutdown=true" : ""));
            return watch().untilUsable(path());
        }
    }
}
