package io.holdfast.cli.command;

import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import io.holdfast.cli.site.SiteAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which site, and as whom. A token is never an option: everybody on the machine could read it in the list of processes. */
final class ConnectionOptions {
    @Option(
            names = "--server",
            paramLabel = "URL",
            description = "Address of the site; else variable HOLDFAST_SERVER.",
            defaultValue = "${env:HOLDFAST_SERVER}")
    String server;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "File with the token; else variable HOLDFAST_TOKEN_FILE, or the token itself in HOLDFAST_TOKEN.",
            defaultValue = "${env:HOLDFAST_TOKEN_FILE}")
    Path tokenFile;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "Certificates (PEM) of the site's authority; else variable HOLDFAST_CA_FILE, or the JDK's.",
            defaultValue = "${env:HOLDFAST_CA_FILE}")
    Path authority;

    @Option(
            names = "--request-limit",
            paramLabel = "TIME",
            description = "For one request; default ${DEFAULT-VALUE}.",
            defaultValue = "30s")
    String requestLimit;

    SiteAddress address() {
        if (server == null || server.isBlank()) {
            throw new CommandFailure(ExitCode.USAGE, "which site? Give --server, or set HOLDFAST_SERVER");
        }
        return new SiteAddress(
                SiteAddress.parse(server),
                token(tokenFile, "HOLDFAST_TOKEN"),
                Optional.ofNullable(authority),
                Words.duration("--request-limit", requestLimit));
    }

    /**
     * @param file of the token; null = it is in a variable, or nowhere
     * @throws CommandFailure {@code USAGE} when the file cannot be read
     */
    static Optional<String> token(Path file, String variable) {
        if (file == null) {
            return Optional.ofNullable(System.getenv(variable))
                    .map(String::strip)
                    .filter(text -> !text.isEmpty());
        }
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException unreadable) {
            throw new CommandFailure(
                    ExitCode.USAGE, "the token in %s cannot be read: %s".formatted(file, unreadable), unreadable);
        }
    }
}
