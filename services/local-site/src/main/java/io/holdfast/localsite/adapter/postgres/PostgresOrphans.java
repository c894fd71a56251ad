package io.holdfast.localsite.adapter.postgres;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.localsite.LocalSiteError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Clears what an unclean end left behind, so that the next start succeeds.
 *
 * <p>Every PostgreSQL process has the data directory as its working directory; that, unlike the pid in
 * {@code postmaster.pid}, cannot be confused with a stranger. A killed server's sessions end by themselves within
 * moments, and until then a new server would refuse to start over their shared memory.
 */
final class PostgresOrphans {
    private static final long GRACE_SECONDS = 5;

    private PostgresOrphans() {}

    /** Ends every process that still works in the data directory, then removes the stale pid file. */
    static void clear(Path data) {
        if (!Files.isDirectory(data)) {
            return;
        }
        try {
            Path real = data.toRealPath();
            for (ProcessHandle orphan : workingIn(real)) {
                end(orphan);
            }
            Files.deleteIfExists(real.resolve("postmaster.pid"));
        } catch (IOException failed) {
            throw new HoldfastException(
                    LocalSiteError.LOCAL_SITE_DIRECTORY_UNUSABLE,
                    "The database's directory %s cannot be made ready: %s.".formatted(data, failed.getMessage()),
                    failed);
        }
    }

    private static List<ProcessHandle> workingIn(Path directory) {
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            return all.filter(process -> worksIn(process.pid(), directory)).toList();
        }
    }

    private static boolean worksIn(long pid, Path directory) {
        Path process = Path.of("/proc", Long.toString(pid));
        try {
            return Files.readSymbolicLink(process.resolve("cwd")).equals(directory)
                    && Files.readString(process.resolve("comm")).strip().equals("postgres");
        } catch (IOException goneOrNotOurs) {
            return false;
        }
    }

    private static void end(ProcessHandle orphan) {
        try {
            orphan.onExit().get(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException stays) {
            orphan.destroyForcibly();
            orphan.onExit()
                    .orTimeout(GRACE_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(ignored -> null)
                    .join();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
