package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.site.Site;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A file view for as long as one command needs it: closed at its end, however that comes, Ctrl-C included. One thread, and the one that ends the process. */
final class OpenFiles implements AutoCloseable {
    private static final Set<String> DECIDED = Set.of("READY", "FAILED", "EXPIRED");

    private final SiteCommand command;
    private final String path;
    private final Thread onInterrupt = new Thread(this::delete, "close-file-view");
    private boolean closed;

    private OpenFiles(SiteCommand command, String path) {
        this.command = command;
        this.path = path;
        Runtime.getRuntime().addShutdownHook(onInterrupt);
    }

    /**
     * Opens one and waits until it can be used.
     *
     * @param volumes ids; empty = all of the point
     * @throws CommandFailure {@code FAILED} with the site's reason, {@code NOT_IN_TIME}
     */
    static OpenFiles open(SiteCommand command, String group, String point, List<String> volumes, Duration limit) {
        ObjectNode order = Words.object().put("point", point);
        if (!volumes.isEmpty()) {
            ArrayNode ids = order.putArray("volumeIds");
            volumes.forEach(ids::add);
        }
        String views = "api/v1/journals/" + group + "/file-views";
        JsonNode ordered = command.site().post(views, order);
        OpenFiles files =
                new OpenFiles(command, views + "/" + ordered.path("id").asText());
        try {
            files.await(limit);
            return files;
        } catch (CommandFailure refused) {
            files.close();
            throw refused;
        }
    }

    private void await(Duration limit) {
        command.aside().println("opening the file systems of the point; this takes some seconds");
        command.aside().flush();
        JsonNode view = new Waiting(limit)
                .until(
                        "the file systems are open",
                        () -> command.site().get(path),
                        now -> DECIDED.contains(now.path("state").asText()));
        if (!view.path("state").asText().equals("READY")) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "the file systems could not be opened: %s: %s"
                            .formatted(
                                    view.path("code").asText(view.path("state").asText()),
                                    view.path("problem").asText()));
        }
    }

    /** Such as {@code path/entries?fileSystem=…&path=…}; what is null is left out. */
    String at(String what, String fileSystem, String file) {
        String named = fileSystem == null ? "" : "fileSystem=" + Site.encoded(fileSystem) + "&";
        return path + "/" + what + "?" + named + "path=" + Site.encoded(file);
    }

    JsonNode fileSystems() {
        return command.site().get(path + "/file-systems");
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            delete();
            try {
                Runtime.getRuntime().removeShutdownHook(onInterrupt);
            } catch (IllegalStateException ending) {
                // It has run, or will: closing again does nothing.
            }
        }
    }

    private synchronized void delete() {
        if (!closed) {
            closed = true;
            try {
                command.site().delete(path);
            } catch (CommandFailure stays) {
                command.aside().println("the view could not be closed, and ends by itself: " + stays.getMessage());
            }
        }
    }
}
