package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import io.holdfast.cli.site.Site;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast checkpoint …}: the points that can be recovered. */
@Command(
        name = "checkpoint",
        description = "Points of a group that can be recovered.",
        subcommands = {CheckpointCommands.Checkpoints.class, CheckpointCommands.Show.class})
public final class CheckpointCommands {
    private static String path(String group) {
        return "api/v1/journals/" + group + "/checkpoints";
    }

    private static String marks(JsonNode checkpoint) {
        return checkpoint.path("marks").valueStream().map(JsonNode::asText).collect(Collectors.joining(", "));
    }

    @Command(name = "list", description = "Newest first.")
    static final class Checkpoints extends SiteCommand {
        @Parameters(paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Option(names = "--before", paramLabel = "INSTANT", description = "Such as 2026-03-01T10:14:06Z.")
        String before;

        @Option(names = "--after", paramLabel = "INSTANT")
        String after;

        @Option(names = "--kind", paramLabel = "KIND", description = "CRASH, APP or USER.")
        String kind;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "20", description = "Default ${DEFAULT-VALUE}.")
        int limit;

        @Override
        ExitCode run() {
            StringBuilder query = new StringBuilder("?");
            parameter(query, "before", before);
            parameter(query, "after", after);
            parameter(query, "kind", kind);
            List<JsonNode> found = site().list(path(lookup().group(group)) + query, limit);
            Table table = new Table("CUT AT", "ID", "KIND", "LSN", "MARKS", "NAME");
            return show(
                    found,
                    table,
                    one -> table.row(
                            Shown.text(one.path("cutAt")),
                            Shown.text(one.path("id")),
                            Shown.text(one.path("kind")),
                            Shown.text(one.path("lsn")),
                            marks(one),
                            Shown.text(one.path("name"))));
        }

        private static void parameter(StringBuilder query, String name, String value) {
            if (value != null) {
                query.append(query.length() > 1 ? "&" : "")
                        .append(name)
                        .append('=')
                        .append(Site.encoded(value));
            }
        }
    }

    @Command(name = "show", description = "One checkpoint, with the machines as they were then.")
    static final class Show extends SiteCommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Parameters(index = "1", paramLabel = "CHECKPOINT", description = "Its id.")
        String checkpoint;

        @Override
        ExitCode run() {
            return show(site().get(path(lookup().group(group)) + "/" + Site.encoded(checkpoint)), this::print);
        }

        private void print(JsonNode found) {
            out().printf(
                            "%s  %s  LSN %s  cut at %s  %s%n",
                            Shown.text(found.path("id")),
                            Shown.text(found.path("kind")),
                            Shown.text(found.path("lsn")),
                            Shown.text(found.path("cutAt")),
                            marks(found));
            Table disks = new Table("DISK", "ID", "NBD EXPORT");
            found.path("volumes")
                    .forEach(disk -> disks.row(
                            Shown.text(disk.path("name")),
                            Shown.text(disk.path("id")),
                            Shown.text(disk.path("nbdExport"))));
            disks.print(out());
            Table machines = new Table("VM", "ID", "CPUS", "MEMORY", "NICS");
            found.path("machines")
                    .forEach(vm -> machines.row(
                            Shown.text(vm.path("name")),
                            Shown.text(vm.path("vmId")),
                            Shown.text(vm.at("/spec/cpuCount")),
                            Shown.bytes(vm.at("/spec/memoryBytes")),
                            vm.at("/spec/nics").size()));
            machines.print(out());
        }
    }
}
