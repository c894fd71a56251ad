package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import io.holdfast.cli.site.Site;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code holdfast branch …}: what a commit left behind, and what an old site had written. */
@Command(
        name = "branch",
        description = "What a commit left behind of a group, and the old disks that its volumes were seeded with.",
        subcommands = {BranchCommands.Branches.class, BranchCommands.Release.class})
public final class BranchCommands {
    private static String path(String group) {
        return "api/v1/journals/" + group + "/branches";
    }

    @Command(name = "list", description = "Each volume is the NBD export <group id>/<volume id>@branch:<name>.")
    static final class Branches extends SiteCommand {
        @Parameters(paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Override
        ExitCode run() {
            List<JsonNode> branches = site().list(path(lookup().group(group)));
            Table table = new Table("NAME", "KIND", "STATE", "SINCE", "UNTIL", "SAVED", "VOLUMES");
            return show(
                    branches,
                    table,
                    branch -> table.row(
                            Shown.text(branch.path("name")),
                            Shown.text(branch.path("kind")),
                            Shown.text(branch.path("state")),
                            Shown.instant(branch.path("at")),
                            branch.path("until").isTextual() ? Shown.instant(branch.path("until")) : "released",
                            Shown.bytes(branch.path("savedBytes")),
                            branch.path("volumeIds").size()));
        }
    }

    @Command(name = "release", description = "Gives a branch up: nobody can read it any more.")
    static final class Release extends SiteCommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Parameters(index = "1", paramLabel = "BRANCH", description = "Its name.")
        String branch;

        @Override
        ExitCode run() {
            return told(site().delete(path(lookup().group(group)) + "/" + Site.encoded(branch)), "released");
        }
    }
}
