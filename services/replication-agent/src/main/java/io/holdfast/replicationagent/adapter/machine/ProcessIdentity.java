package io.holdfast.replicationagent.adapter.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A process, known again after a restart of ours: its number is used again by the kernel, together with when it began, and in which run of the host, it is not.
 *
 * @param startTicks field 22 of /proc/pid/stat (proc(5))
 * @param boot of /proc/sys/kernel/random/boot_id
 */
record ProcessIdentity(long pid, String startTicks, String boot) {
    /**
     * For {@code sh -c}: notes the identity in the file that is argument 0, then becomes the program in the other arguments. The process writes it itself, before it is
     * the program: there is no moment in which the program runs and nobody knows.
     */
    static final String NOTING =
            "started=$(cut -d ' ' -f 22 /proc/$$/stat) && boot=$(cat /proc/sys/kernel/random/boot_id)"
                    + " && printf '%s %s %s\\n' \"$$\" \"$started\" \"$boot\" >\"$0.new\" && mv \"$0.new\" \"$0\" && exec \"$@\"";

    private static final int START_FIELD_BEHIND_NAME = 19;
    private static final long KILL_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long POLL_NANOS = 5_000_000;

    /** What the file says; empty when it is not there or not whole. */
    static Optional<ProcessIdentity> read(Path file) {
        try {
            String[] fields = Files.readString(file).strip().split(" ");
            return fields.length == 3
                    ? Optional.of(new ProcessIdentity(Long.parseLong(fields[0]), fields[1], fields[2]))
                    : Optional.empty();
        } catch (IOException | NumberFormatException absent) {
            return Optional.empty();
        }
    }

    boolean isAlive() {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The name in parentheses can have anything in it.
            String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return behindName[START_FIELD_BEHIND_NAME].equals(startTicks)
                    && !(behindName[0].equals("Z") && threads() <= 1)
                    && Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                            .strip()
                            .equals(boot);
        } catch (IOException | UncheckedIOException | IndexOutOfBoundsException gone) {
            return false;
        }
    }

    /** Of a process whose first thread has ended the others may still hold its files and devices. */
    private long threads() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return all.count();
        }
    }

    /**
     * SIGKILL; returns when the process is gone.
     *
     * @throws IllegalStateException after 30 s: it waits in the kernel for a device
     */
    void kill() {
        long end = System.nanoTime() + KILL_NANOS;
        while (isAlive()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("process " + pid + " outlives SIGKILL");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
