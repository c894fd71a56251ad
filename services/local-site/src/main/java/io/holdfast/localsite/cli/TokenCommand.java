package io.holdfast.localsite.cli;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.identity.Role;
import io.holdfast.localsite.identity.TokenIssuer;
import java.nio.file.Files;
import java.time.Duration;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Signs a token. Works with or without a running site: the key lies in the directory. */
@Command(
        name = "token",
        description = "Prints a token for REST calls, and nothing else.",
        mixinStandardHelpOptions = true)
final class TokenCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private DirectoryOption directory;

    @Option(
            names = "--role",
            required = true,
            paramLabel = "viewer|operator|recovery|admin",
            description = "What it allows.")
    private String role;

    @Option(names = "--user", required = true, paramLabel = "<name>", description = "Who stands in the records.")
    private String user;

    @Option(
            names = "--ttl",
            defaultValue = "8h",
            paramLabel = "<duration>",
            description = "How long it is valid: 30m, 8h, 7d, or ISO 8601 (default: ${DEFAULT-VALUE}; at most 30d).")
    private String lifetime;

    @Override
    public Integer call() {
        if (!Files.isDirectory(directory.site().secrets())) {
            throw RunningSite.notRunning(directory.site());
        }
        TokenIssuer issuer = TokenIssuer.open(directory.site().secrets(), InstantSource.system());
        spec.commandLine().getOut().println(issuer.issue(user, Role.parse(role), parse(lifetime)));
        spec.commandLine().getOut().flush();
        return 0;
    }

    static Duration parse(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        try {
            if (upper.startsWith("P")) {
                return Duration.parse(upper);
            }
            return Duration.parse(upper.endsWith("D") ? "P" + upper : "PT" + upper);
        } catch (DateTimeParseException malformed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_OPTION_INVALID,
                    "'%s' is not a duration; examples are 30m, 8h, 7d and PT90S.".formatted(text),
                    malformed);
        }
    }
}
