package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import io.holdfast.cli.site.Site;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast file …}: single files of a checkpoint, without starting a machine. */
@Command(
        name = "file",
        description = "Single files of a point, without starting a machine.",
        subcommands = {FileCommands.Entries.class, FileCommands.Get.class})
public final class FileCommands {
    /** What both commands need to open a point. */
    abstract static class OfPoint extends SiteCommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Parameters(
                index = "1",
                paramLabel = "POINT",
                description = "A checkpoint's id, lsn:<number>, an instant such as 2026-03-01T10:14:06Z, or latest.")
        String point;

        @Option(
                names = "--vm",
                paramLabel = "VM",
                description = "Only disks of this machine (name or id); needs a checkpoint's id as point.")
        String vm;

        @Option(names = "--volume", paramLabel = "ID", description = "Only this disk; can be given several times.")
        List<String> volumes = List.of();

        @Option(
                names = "--file-system",
                paramLabel = "DEVICE",
                description = "Such as /dev/sda1; needed when there are several.")
        String fileSystem;

        @Option(
                names = "--wait-limit",
                paramLabel = "TIME",
                description = "For the file systems to open; default ${DEFAULT-VALUE}.",
                defaultValue = "4m")
        String waitLimit;

        OpenFiles open() {
            String id = lookup().group(group);
            List<String> wanted = new ArrayList<>(volumes);
            if (vm != null) {
                wanted.addAll(disksOf(site().get("api/v1/journals/" + id + "/checkpoints/" + Site.encoded(point))));
            }
            return OpenFiles.open(this, id, point, wanted, Words.duration("--wait-limit", waitLimit));
        }

        private List<String> disksOf(JsonNode checkpoint) {
            List<String> replicated = checkpoint
                    .path("volumes")
                    .valueStream()
                    .map(disk -> disk.path("id").asText())
                    .toList();
            for (JsonNode machine : checkpoint.path("machines")) {
                if (vm.equals(machine.path("vmId").asText())
                        || vm.equals(machine.path("name").asText())) {
                    return machine.at("/spec/disks")
                            .valueStream()
                            .map(disk -> disk.path("volumeId").asText())
                            .filter(replicated::contains)
                            .toList();
                }
            }
            throw new CommandFailure(ExitCode.NOT_FOUND, "the checkpoint has no machine '%s'".formatted(vm));
        }
    }

    @Command(name = "list", description = "What stands in a folder; without a path, the file systems.")
    static final class Entries extends OfPoint {
        @Parameters(
                index = "2",
                arity = "0..1",
                paramLabel = "PATH",
                description = "From the root of the file system, written as the list shows names.")
        String path;

        @Override
        ExitCode run() {
            try (OpenFiles files = open()) {
                return path == null ? fileSystems(files) : entries(files);
            }
        }

        private ExitCode fileSystems(OpenFiles files) {
            Table table = new Table("DEVICE", "TYPE", "LABEL", "SIZE", "DISK");
            List<JsonNode> found = files.fileSystems().valueStream().toList();
            return show(
                    found,
                    table,
                    one -> table.row(
                            Shown.text(one.path("device")),
                            Shown.text(one.path("type")),
                            Shown.text(one.path("label")),
                            Shown.bytes(one.path("sizeBytes")),
                            Shown.text(one.path("volumeId"))));
        }

        private ExitCode entries(OpenFiles files) {
            List<JsonNode> found = site().list(files.at("entries", fileSystem, path));
            Table table = new Table("KIND", "MODE", "UID", "GID", "SIZE", "MODIFIED AT", "NAME");
            return show(
                    found,
                    table,
                    one -> table.row(
                            Shown.text(one.path("kind")),
                            Shown.text(one.path("mode")),
                            Shown.text(one.path("uid")),
                            Shown.text(one.path("gid")),
                            Shown.bytes(one.path("sizeBytes")),
                            Shown.instant(one.path("modifiedAt")),
                            Shown.text(one.path("name"))
                                    + (one.hasNonNull("linkTarget")
                                            ? " -> " + one.path("linkTarget").asText()
                                            : "")));
        }
    }

    @Command(name = "get", description = "Fetches one file, whole or not at all.")
    static final class Get extends OfPoint {
        @Parameters(index = "2", paramLabel = "PATH", description = "Written as 'file list' shows it.")
        String path;

        @Option(
                names = "--to",
                paramLabel = "FILE",
                description = "Where to; must not exist. - is standard output. Default: its name, in this folder.")
        String to;

        @Override
        ExitCode run() {
            if ("-".equals(to)) {
                try (OpenFiles files = open()) {
                    site().download(files.at("content", fileSystem, path), System.out);
                    System.out.flush();
                    return ExitCode.DONE;
                }
            }
            Path target = target();
            NewFile.requireNone(target);
            try (OpenFiles files = open()) {
                return told(
                        Words.object().put("file", target.toString()).put("bytes", fetch(files, target)),
                        target + " is fetched");
            }
        }

        /** Only its plain letters make a default: what else a guest calls its files is not for this machine's shell. */
        private Path target() {
            String name = to != null ? to : path.substring(path.lastIndexOf('/') + 1);
            if (to == null && (!name.matches("[\\w.][\\w. -]{0,200}") || name.matches("\\.+"))) {
                throw new CommandFailure(ExitCode.USAGE, "say with --to how the file shall be called here");
            }
            return Path.of(name);
        }

        private long fetch(OpenFiles files, Path target) {
            return NewFile.write(target, out -> site().download(files.at("content", fileSystem, path), out));
        }
    }
}
