package io.holdfast.localsite.adapter.linux;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Starts child processes that do not outlive this one, and that a Ctrl-C at the terminal does not reach.
 *
 * <p>{@code setpriv --pdeathsig} asks the kernel to signal the child when its parent dies, whatever the parent died of.
 * The kernel means the parent <em>thread</em> (prctl(2), PR_SET_PDEATHSIG), so every child is started by one thread
 * that lives as long as the process. {@code setsid} takes the child out of the terminal's process group: the site
 * stops its parts in order, and not all at once on Ctrl-C. Both programs replace themselves, so the pid is the child's.
 */
public final class ChildLauncher {
    private static final ExecutorService SPAWNER = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("local-site-spawner").factory());

    private ChildLauncher() {}

    /** The signal that a child gets when this process dies. */
    public enum WhenParentDies {
        KILL,
        /** PostgreSQL's fast shutdown: it ends its sessions and its own children and writes a checkpoint. */
        INT
    }

    /**
     * What to start.
     *
     * @param wrapper programs that run {@code command} in another setting and replace themselves with it, such as
     *     {@code unshare -U}; before the death signal is set, because a change of identity clears it
     */
    public record Command(
            List<String> wrapper,
            List<String> command,
            Path directory,
            Map<String, String> environment,
            WhenParentDies whenParentDies) {
        public Command {
            wrapper = List.copyOf(wrapper);
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
        }

        List<String> full() {
            List<String> full = new ArrayList<>(List.of("setsid"));
            full.addAll(wrapper);
            full.addAll(List.of("setpriv", "--pdeathsig", whenParentDies.name(), "--"));
            full.addAll(command);
            return full;
        }
    }

    /**
     * @throws HoldfastException {@code LOCAL_SITE_TOOL_MISSING} when the program or one of its wrappers is not there
     */
    public static Process launch(Command command) {
        ProcessBuilder builder = new ProcessBuilder(command.full());
        builder.directory(command.directory().toFile());
        builder.environment().putAll(command.environment());
        builder.redirectErrorStream(true);
        builder.redirectInput(Path.of("/dev/null").toFile());
        try {
            return SPAWNER.submit(builder::start).get();
        } catch (ExecutionException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_TOOL_MISSING,
                    "%s cannot be started: %s."
                            .formatted(
                                    command.command().getFirst(),
                                    failed.getCause().getMessage()),
                    failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PART_FAILED, "Interrupted while starting a process.", interrupted);
        }
    }

    /**
     * Checks that the programs this class relies on are there; part of util-linux, which Debian always has.
     *
     * @throws HoldfastException {@code LOCAL_SITE_TOOL_MISSING}
     */
    public static void checkTools() {
        for (String tool : List.of("setsid", "setpriv")) {
            if (find(tool).isEmpty()) {
                throw new HoldfastException(
                        LocalSiteError.LOCAL_SITE_TOOL_MISSING,
                        "The program '%s' is not on the PATH; it is part of the package util-linux.".formatted(tool));
            }
        }
    }

    private static java.util.Optional<Path> find(String tool) {
        for (String folder :
                System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(":")) {
            Path candidate = Path.of(folder, tool);
            if (Files.isExecutable(candidate)) {
                return java.util.Optional.of(candidate);
            }
        }
        return java.util.Optional.empty();
    }

    /** Runs a short program to its end and gives its exit code; output goes to the log. */
    public static int runToEnd(Command command, RotatingLog log) {
        Process process = launch(command);
        log.copyFrom(process.getInputStream());
        try {
            return process.waitFor();
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_PART_FAILED, "Interrupted while running a program.", interrupted);
        }
    }
}
