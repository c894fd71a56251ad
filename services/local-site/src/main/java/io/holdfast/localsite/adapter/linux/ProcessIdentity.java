package io.holdfast.localsite.adapter.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process for good: a pid alone is given to another process later.
 *
 * @param startTicks field 22 of {@code /proc/<pid>/stat}: clock ticks from boot to the process's start (proc(5))
 */
public record ProcessIdentity(long pid, long startTicks) {
    public ProcessIdentity {
        // 0 and negative numbers mean process groups to kill(2), and 1 is the machine's own.
        if (pid <= 1 || startTicks < 0) {
            throw new IllegalArgumentException("pid %d, start %d is no child process".formatted(pid, startTicks));
        }
    }

    /** The process that has this pid now; empty when there is none, or it has ended and only waits for its parent. */
    public static Optional<ProcessIdentity> of(long pid) {
        if (pid <= 1) {
            return Optional.empty();
        }
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The name in brackets may itself hold blanks and brackets, so the fields are counted from its end.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            boolean ended = fields[0].equals("Z") || fields[0].equals("X");
            return ended ? Optional.empty() : Optional.of(new ProcessIdentity(pid, Long.parseLong(fields[19])));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    public static ProcessIdentity own() {
        return of(ProcessHandle.current().pid())
                .orElseThrow(() -> new IllegalStateException("/proc does not show this process"));
    }

    /** Whether exactly this process is still running. */
    public boolean isAlive() {
        return of(pid).filter(this::equals).isPresent();
    }

    /** A handle to end it with; empty when it has ended. */
    public Optional<ProcessHandle> handle() {
        return isAlive() ? ProcessHandle.of(pid) : Optional.empty();
    }
}
