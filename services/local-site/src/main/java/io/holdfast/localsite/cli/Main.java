package io.holdfast.localsite.cli;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code local-site}. Errors go to standard error as one sentence with a code. */
@Command(
        name = "local-site",
        description = "A whole Holdfast site on this machine.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            UpCommand.class,
            DownCommand.class,
            StatusCommand.class,
            TokenCommand.class,
            PartCommand.class,
            CommandLine.HelpCommand.class
        },
        footer = {
            "",
            "Exit codes: 0 done, 1 defect, 2 wrong usage, 10 to 21 as the error's code says",
            "(10 option, 11 port, 12 memory, 13 not built, 14 directory, 15 already running,",
            "16 part failed, 17 not running, 18 unknown part, 19 refused, 20 damaged file, 21 missing tool)."
        })
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExecutionExceptionHandler((failure, commandLine, parsed) -> report(failure, commandLine));
    }

    private static int report(Exception failure, CommandLine commandLine) throws Exception {
        if (failure instanceof HoldfastException known) {
            commandLine.getErr().println("local-site: " + known);
            commandLine.getErr().flush();
            return known.code() instanceof LocalSiteError error ? error.exitCode() : CommandLine.ExitCode.SOFTWARE;
        }
        throw failure;
    }
}
