package io.holdfast.localsite.cli;

import io.holdfast.localsite.part.Part;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Acts on one part of a running site, for tests and operators. */
@Command(
        name = "part",
        description = "Kills (SIGKILL), stops, starts or restarts one part of the running site, and waits for it.",
        mixinStandardHelpOptions = true)
final class PartCommand implements Callable<Integer> {
    /** What can be done to a part. */
    enum Action {
        kill,
        stop,
        start,
        restart
    }

    @Spec
    private CommandSpec spec;

    @Mixin
    private DirectoryOption directory;

    @Parameters(index = "0", description = "${COMPLETION-CANDIDATES}")
    private Action action;

    @Parameters(
            index = "1",
            paramLabel = "<part>",
            description = "kafka, postgres, or a service such as journal-store.")
    private String name;

    @Override
    public Integer call() {
        Part part = Part.parse(name);
        RunningSite.get(directory.site()).act(part.text(), action.name());
        spec.commandLine().getOut().println("%s: %s done".formatted(part, action));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
