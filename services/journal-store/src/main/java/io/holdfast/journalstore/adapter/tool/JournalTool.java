package io.holdfast.journalstore.adapter.tool;

import io.holdfast.kernel.error.HoldfastException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** Break-glass: reads journals with no Kafka, database or Kubernetes, and changes nothing in them (docs/journal-recovery.md). */
@Command(
        name = "journal-tool",
        description = {
            "Reads journals without any service running, and changes nothing in them.",
            "After a crash or power loss the newest seconds (holdfast.journal.flush-interval) are missing here: they are"
                    + " still in Kafka, and a journal-store that starts on this directory gets them from there."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done, and nothing is wrong",
            "1:verify found damage",
            "2:wrong command line",
            "3:the journal, point or file cannot be used; the message says why"
        },
        subcommands = {
            ListCommand.class,
            VerifyCommand.class,
            ExportCommand.class,
            WriteImageCommand.class,
            HelpCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = ToolVersion.class,
        synopsisSubcommandLabel = "COMMAND")
public final class JournalTool {
    static final int DAMAGED = 1;
    static final int UNUSABLE = 3;

    private JournalTool() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The command line with its error handling. */
    public static CommandLine commandLine() {
        CommandLine line = new CommandLine(new JournalTool());
        line.setExecutionExceptionHandler((failure, command, _) -> {
            if (failure instanceof HoldfastException ours) {
                command.getErr().println(ours);
            } else {
                command.getErr().println("failed: " + failure);
            }
            return UNUSABLE;
        });
        line.setCaseInsensitiveEnumValuesAllowed(true);
        return line;
    }
}
