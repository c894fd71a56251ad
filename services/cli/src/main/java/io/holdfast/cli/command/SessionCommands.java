package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.output.Shown;
import io.holdfast.cli.output.Table;
import io.holdfast.cli.site.Site;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code holdfast session …}: writable disks as of a point, without a plan. */
@Command(
        name = "session",
        description = "Disks of one group as of a point, writable, without a plan.",
        subcommands = {SessionCommands.Sessions.class, SessionCommands.Open.class, SessionCommands.Close.class})
public final class SessionCommands {
    private static String path(String group) {
        return "api/v1/journals/" + group + "/sessions";
    }

    @Command(name = "list", description = "Open sessions of a group.")
    static final class Sessions extends SiteCommand {
        @Parameters(paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Override
        ExitCode run() {
            List<JsonNode> sessions = site().list(path(lookup().group(group)));
            Table table = new Table("ID", "STATE", "LSN", "OPENED AT", "DISKS");
            return show(
                    sessions,
                    table,
                    session -> table.row(
                            Shown.text(session.path("id")),
                            Shown.text(session.path("state")),
                            Shown.text(session.path("lsn")),
                            Shown.instant(session.path("openedAt")),
                            session.path("exports").size()));
        }
    }

    @Command(name = "open", description = "Opens a point; what is written there touches nothing else.")
    static final class Open extends SiteCommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Parameters(
                index = "1",
                paramLabel = "POINT",
                description = "A checkpoint's id, lsn:<number>, or an instant such as 2026-03-01T10:14:06Z.")
        String point;

        @Override
        ExitCode run() {
            return show(site().post(path(lookup().group(group)), order()), this::print);
        }

        private ObjectNode order() {
            if (point.startsWith("lsn:")) {
                return Words.object().put("lsn", Words.bytes("POINT", point.substring(4)));
            }
            try {
                return Words.object().put("time", Instant.parse(point).toString());
            } catch (DateTimeParseException noInstant) {
                return Words.object().put("checkpointId", point);
            }
        }

        private void print(JsonNode session) {
            out().printf("session %s at LSN %s%n", Shown.text(session.path("id")), Shown.text(session.path("lsn")));
            new DiskTable().add(session.path("exports")).print(out());
        }
    }

    @Command(name = "close", description = "Throws a session's writes away.")
    static final class Close extends SiteCommand {
        @Parameters(index = "0", paramLabel = "GROUP", description = "Name or id.")
        String group;

        @Parameters(index = "1", paramLabel = "SESSION", description = "Its id.")
        String session;

        @Override
        ExitCode run() {
            return told(site().delete(path(lookup().group(group)) + "/" + Site.encoded(session)), "closed");
        }
    }
}
