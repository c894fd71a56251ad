package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast group …}: protection groups. */
@Command(
        name = "group",
        description = "Protection groups: what is protected together.",
        subcommands = {
            GroupCommands.Groups.class,
            GroupCommands.Show.class,
            GroupCommands.Create.class,
            GroupCommands.Start.class,
            GroupCommands.Pause.class,
            GroupCommands.Resume.class,
            GroupCommands.Return.class,
            GroupCommands.Cut.class,
            GroupCommands.Remove.class
        })
public final class GroupCommands {
    private static final String GROUPS = "api/v1/protection-groups";

    /** RPO as the site knows it; unknown is shown as unknown (F159). */
    static String rpo(JsonNode group) {
        JsonNode rpo = group.path("rpo");
        return rpo.path("known").asBoolean()
                ? Shown.duration(rpo.path("age"))
                : "unknown (%s)".formatted(Shown.text(rpo.path("reason")));
    }

    /** Names of conditions that are not met or not known. */
    static String problems(JsonNode group) {
        return group.path("conditions")
                .valueStream()
                .filter(one -> !"TRUE".equals(one.path("status").asText()))
                .map(one -> one.path("type").asText()
                        + ("UNKNOWN".equals(one.path("status").asText()) ? "?" : ""))
                .collect(Collectors.joining(", "));
    }

    @Command(
            name = "list",
            description = "All protection groups. A problem with a question mark is not known to be one.")
    static final class Groups extends SiteCommand {
        @Override
        ExitCode run() {
            List<JsonNode> groups = site().list(GROUPS);
            Table table = new Table("NAME", "ID", "LIFECYCLE", "VMS", "RPO", "HISTORY", "PROBLEMS");
            return show(
                    groups,
                    table,
                    group -> table.row(
                            Shown.text(group.path("name")),
                            Shown.text(group.path("id")),
                            Shown.text(group.path("lifecycle")),
                            group.path("vms").size(),
                            rpo(group),
                            Shown.duration(group.at("/history/span")),
                            problems(group)));
        }
    }

    @Command(name = "show", description = "One group: its VMs, its objectives, what is wrong.")
    static final class Show extends SiteCommand {
        @Parameters(paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Override
        ExitCode run() {
            return show(site().get(GROUPS + "/" + lookup().group(group)), this::print);
        }

        private void print(JsonNode found) {
            out().printf(
                            "%s  %s  %s since %s%n",
                            Shown.text(found.path("name")),
                            Shown.text(found.path("id")),
                            Shown.text(found.path("lifecycle")),
                            Shown.instant(found.path("stateSince")));
            out().printf(
                            "RPO %s of %s, checkpoint %s, history %s of %s%n",
                            rpo(found),
                            Shown.duration(found.at("/objectives/rpoObjective")),
                            Shown.text(found.at("/rpo/checkpointId")),
                            Shown.duration(found.at("/history/span")),
                            Shown.duration(found.at("/objectives/history")));
            Table disks = new Table("VM", "DISK", "SIZE", "STATE", "TO SEND");
            found.path("vms").forEach(vm -> vm.path("volumes")
                    .forEach(disk -> disks.row(
                            Shown.text(vm.path("name")),
                            Shown.text(disk.path("name")),
                            Shown.bytes(disk.path("sizeBytes")),
                            disk.hasNonNull("obstacleCode")
                                    ? disk.path("obstacleCode").asText()
                                    : Shown.text(disk.path("syncState")),
                            Shown.bytes(disk.path("dirtyBytes")))));
            disks.print(out());
            Table conditions = new Table("CONDITION", "STATUS", "SINCE", "WHY");
            found.path("conditions")
                    .forEach(one -> conditions.row(
                            Shown.text(one.path("type")),
                            Shown.text(one.path("status")),
                            Shown.instant(one.path("since")),
                            Shown.text(one.path("message"))));
            conditions.print(out());
        }
    }

    @Command(name = "create", description = "Makes a group of VMs, and starts its protection unless told otherwise.")
    static final class Create extends SiteCommand {
        @Option(names = "--name", paramLabel = "NAME")
        String name;

        @Option(names = "--vm", paramLabel = "VM", description = "Name or id; once for every VM.")
        List<String> vms = new ArrayList<>();

        @Option(names = "--checkpoint-interval", paramLabel = "TIME", description = "1s to 60s.")
        String interval;

        @Option(names = "--history", paramLabel = "TIME", description = "1h to 30d.")
        String history;

        @Option(names = "--rpo", paramLabel = "TIME", description = "The objective that alerts go by.")
        String rpo;

        @Option(names = "--journal-limit", paramLabel = "SIZE", description = "Such as 500GiB.")
        String journalLimit;

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "The whole group as JSON instead (docs/rest-api.md); - is standard input.")
        Path file;

        @Option(names = "--no-start", description = "Leaves it a DRAFT.")
        boolean noStart;

        @Override
        ExitCode run() {
            JsonNode created = site().post(GROUPS, file == null ? order() : Words.file(file));
            String id = created.path("id").asText();
            JsonNode result = noStart ? created : site().post(GROUPS + "/" + id + "/start");
            return told(result, "group %s is %s".formatted(id, noStart ? "a draft" : "started"));
        }

        private ObjectNode order() {
            if (name == null || vms.isEmpty()) {
                throw new CommandFailure(ExitCode.USAGE, "give --name and at least one --vm, or --file");
            }
            ObjectNode order = Words.object().put("name", name);
            ArrayNode ids = order.putArray("vmIds");
            vms.forEach(vm -> ids.add(lookup().vm(vm)));
            duration(order, "checkpointInterval", "--checkpoint-interval", interval);
            duration(order, "history", "--history", history);
            duration(order, "rpoObjective", "--rpo", rpo);
            if (journalLimit != null) {
                order.put("journalLimitBytes", Words.bytes("--journal-limit", journalLimit));
            }
            return order;
        }

        private static void duration(ObjectNode order, String field, String option, String text) {
            if (text != null) {
                order.put(field, Words.duration(option, text).toString());
            }
        }
    }

    /** One order to one group. */
    abstract static class Order extends SiteCommand {
        @Parameters(paramLabel = "GROUP", description = "Name or id.")
        String group;

        ExitCode order(String verb, JsonNode body) {
            String path = GROUPS + "/" + lookup().group(group) + "/" + verb;
            return told(body == null ? site().post(path) : site().post(path, body), verb + " is ordered");
        }
    }

    @Command(name = "start", description = "Starts the protection of a draft.")
    static final class Start extends Order {
        @Override
        ExitCode run() {
            return order("start", null);
        }
    }

    @Command(name = "pause", description = "Stops sending; what is written is noted and sent later.")
    static final class Pause extends Order {
        @Override
        ExitCode run() {
            return order("pause", null);
        }
    }

    @Command(name = "resume", description = "Goes on after a pause.")
    static final class Resume extends Order {
        @Override
        ExitCode run() {
            return order("resume", null);
        }
    }

    @Command(
            name = "return",
            description =
                    "Gives the VMs of a group that was failed over back to their source. Release the run first: two copies must not run.")
    static final class Return extends Order {
        @Option(
                names = "--discard-recovered",
                description = "The disks where the VMs were lost are the truth; what was written since is given up.")
        boolean discard;

        @Override
        ExitCode run() {
            return order("failover/return", discard ? Words.object().put("discardRecovered", true) : Words.object());
        }
    }

    @Command(name = "checkpoint", description = "Cuts a checkpoint with a name.")
    static final class Cut extends SiteCommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Parameters(index = "1", paramLabel = "NAME", description = "Such as 'before the upgrade'.")
        String name;

        @Override
        ExitCode run() {
            JsonNode reply = site().post(
                            GROUPS + "/" + lookup().group(group) + "/checkpoints",
                            Words.object().put("name", name));
            return told(reply, "checkpoint %s is ordered".formatted(Shown.text(reply.path("checkpointId"))));
        }
    }

    @Command(name = "remove", description = "Ends the protection. The journal is kept unless told otherwise.")
    static final class Remove extends Order {
        @Option(
                names = "--delete-journal",
                description = "With all its history: nothing of it can be recovered afterwards.")
        boolean delete;

        @Override
        ExitCode run() {
            return order("remove", Words.object().put("journal", delete ? "DELETE" : "KEEP"));
        }
    }
}
