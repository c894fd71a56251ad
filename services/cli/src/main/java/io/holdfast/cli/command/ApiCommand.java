package io.holdfast.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code holdfast api}: what has no command of its own, with the same address, token, retries and exit codes. */
@Command(name = "api", description = "One request to the REST interface, as it is; prints the JSON that came.")
public final class ApiCommand extends SiteCommand {
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE");

    @Parameters(index = "0", paramLabel = "METHOD", description = "GET, POST, PUT, PATCH or DELETE.")
    String method;

    @Parameters(index = "1", paramLabel = "PATH", description = "Such as /api/v1/journals.")
    String path;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "JSON to send; - is standard input.")
    Path file;

    @Override
    ExitCode run() {
        String verb = method.toUpperCase(Locale.ROOT);
        if (!METHODS.contains(verb)) {
            throw new CommandFailure(ExitCode.USAGE, "'%s' is none of GET, POST, PUT, PATCH, DELETE".formatted(method));
        }
        Optional<JsonNode> body = Optional.ofNullable(file).map(Words::file);
        return show(site().any(verb, path, body), reply -> out().println(
                        reply.isMissingNode() ? "" : reply.toPrettyString()));
    }
}
