package io.holdfast.localsite.cli;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import io.holdfast.localsite.adapter.json.SiteState;
import io.holdfast.localsite.adapter.json.StateFile;
import io.holdfast.localsite.adapter.linux.LeftBehind;
import io.holdfast.localsite.plan.SiteDirectory;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Stops a site that runs in another process. */
@Command(
        name = "down",
        description = "Stops the site in order; kills what does not end in time. Data is kept.",
        mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
    /** More than the sum of what the parts are given. */
    private static final int DEFAULT_LIMIT_SECONDS = 120;

    @Spec
    private CommandSpec spec;

    @Mixin
    private DirectoryOption directory;

    @Option(
            names = "--timeout",
            paramLabel = "<seconds>",
            defaultValue = "" + DEFAULT_LIMIT_SECONDS,
            description = "How long to wait before the site is killed (default: ${DEFAULT-VALUE}).")
    private int limitSeconds;

    @Override
    public Integer call() {
        SiteDirectory site = directory.site();
        PrintWriter out = spec.commandLine().getOut();
        Optional<RunningSite> running = RunningSite.find(site);
        if (running.isEmpty()) {
            Optional<SiteState> recorded = new StateFile(site.state()).read();
            List<String> ended = recorded.map(LeftBehind::end).orElse(List.of());
            out.println(
                    ended.isEmpty()
                            ? "No local site runs in " + site.root() + "."
                            : "No local site ran; ended what it had left behind: " + String.join(", ", ended) + ".");
            return 0;
        }
        if (!running.get().state().owner().equals("cli")) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_ACTION_REFUSED,
                    "The site belongs to another program (process %d), which has to stop it."
                            .formatted(running.get().state().pid()));
        }
        stop(running.get(), out);
        return 0;
    }

    private void stop(RunningSite site, PrintWriter out) {
        Optional<ProcessHandle> handle = site.process().handle();
        if (handle.isEmpty()) {
            return;
        }
        out.println("stopping the site (process %d)".formatted(site.state().pid()));
        out.flush();
        handle.get().destroy();
        try {
            handle.get().onExit().get(limitSeconds, TimeUnit.SECONDS);
            out.println("stopped");
        } catch (TimeoutException tooLong) {
            handle.get().destroyForcibly();
            out.println("killed after %d s; ended with it: %s"
                    .formatted(limitSeconds, String.join(", ", LeftBehind.end(site.state()))));
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("waiting for an end never fails", impossible);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
