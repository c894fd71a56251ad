package io.holdfast.cli;

import io.holdfast.cli.command.ApiCommand;
import io.holdfast.cli.command.BranchCommands;
import io.holdfast.cli.command.CapacityCommands;
import io.holdfast.cli.command.CheckpointCommands;
import io.holdfast.cli.command.CompletionCommand;
import io.holdfast.cli.command.FailbackCommands;
import io.holdfast.cli.command.FileCommands;
import io.holdfast.cli.command.GroupCommands;
import io.holdfast.cli.command.HostCommands;
import io.holdfast.cli.command.PeerCommands;
import io.holdfast.cli.command.PlanCommands;
import io.holdfast.cli.command.RehearsalCommands;
import io.holdfast.cli.command.RunCommands;
import io.holdfast.cli.command.SessionCommands;
import io.holdfast.cli.command.StatusCommand;
import io.holdfast.cli.command.VmCommands;
import java.io.PrintWriter;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code holdfast}. Results go to standard output; progress and errors, one sentence each, to standard error. */
@Command(
        name = "holdfast",
        description =
                "Protects and recovers virtual machines, at the Holdfast site that --server or HOLDFAST_SERVER names.",
        mixinStandardHelpOptions = true,
        version = "holdfast 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        scope = CommandLine.ScopeType.LOCAL,
        subcommands = {
            StatusCommand.class,
            HostCommands.class,
            VmCommands.class,
            GroupCommands.class,
            BranchCommands.class,
            CheckpointCommands.class,
            CapacityCommands.class,
            FileCommands.class,
            PlanCommands.class,
            RunCommands.class,
            FailbackCommands.class,
            RehearsalCommands.class,
            SessionCommands.class,
            PeerCommands.class,
            ApiCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(execute(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
    }

    /**
     * Runs one command.
     *
     * @return number of an {@link ExitCode}
     */
    static int execute(PrintWriter out, PrintWriter err, String... args) {
        CommandLine command = new CommandLine(new Main())
                .setOut(out)
                .setErr(err)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((failure, line, _) -> report(failure, line));
        command.getCommandSpec().usageMessage().footer(footer());
        return command.execute(args);
    }

    private static String[] footer() {
        String[] codes = Arrays.stream(ExitCode.values())
                .map(code -> "  %2d  %s".formatted(code.number(), code.meaning()))
                .toArray(String[]::new);
        String[] footer = new String[codes.length + 2];
        footer[0] = "";
        footer[1] = "Exit codes:";
        System.arraycopy(codes, 0, footer, 2, codes.length);
        return footer;
    }

    private static int report(Exception failure, CommandLine line) throws Exception {
        if (failure instanceof CommandFailure known) {
            line.getErr().println("holdfast: " + known.getMessage());
            line.getErr().flush();
            return known.exitCode().number();
        }
        line.getErr().println("holdfast: a defect of this command: " + failure);
        failure.printStackTrace(line.getErr());
        return ExitCode.DEFECT.number();
    }
}
