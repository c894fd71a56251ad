package io.holdfast.localsite.cli;

import io.holdfast.localsite.plan.SiteDirectory;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which site is meant. */
final class DirectoryOption {
    @Option(
            names = {"--directory", "-d"},
            defaultValue = ".local-site",
            paramLabel = "<folder>",
            description = "Where the site keeps everything (default: ${DEFAULT-VALUE}).")
    private Path folder;

    SiteDirectory site() {
        return new SiteDirectory(folder);
    }
}
