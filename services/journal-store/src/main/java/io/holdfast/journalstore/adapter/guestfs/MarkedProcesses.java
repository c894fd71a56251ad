package io.holdfast.journalstore.adapter.guestfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Processes with a mark in their environment (proc(5)), which every process hands down to the ones that it starts: they are found again after a crash of ours, whoever
 * their parent is by then, and a process number that the kernel has given to somebody else is not mistaken for them.
 */
record MarkedProcesses(String mark) {
    static final String VARIABLE = "HOLDFAST_FILE_VIEW";

    private static final long KILL_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long POLL_NANOS = 10_000_000;

    /** @param folder the mark is this folder; {@link #find} finds those of folders in it as well */
    static MarkedProcesses of(Path folder) {
        return new MarkedProcesses(folder.toString());
    }

    List<ProcessHandle> find() {
        return ProcessHandle.allProcesses().filter(this::hasMark).toList();
    }

    private boolean hasMark(ProcessHandle process) {
        try {
            String environment = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "environ"), StandardCharsets.ISO_8859_1);
            // The handle knows when its process began: if that is another one by now, it is not alive.
            return process.isAlive()
                    && List.of(environment.split("\0")).stream()
                            .filter(entry -> entry.startsWith(VARIABLE + "="))
                            .map(entry -> entry.substring(VARIABLE.length() + 1))
                            .anyMatch(value -> value.equals(mark) || value.startsWith(mark + "/"));
        } catch (IOException goneOrNotOurs) {
            return false;
        }
    }

    /**
     * SIGKILL for all of them; returns when they are gone.
     *
     * @return how many there were
     * @throws IllegalStateException after 30 s: one waits in the kernel for a device
     */
    int end() {
        long limit = System.nanoTime() + KILL_NANOS;
        int ended = 0;
        for (List<ProcessHandle> found = find(); !found.isEmpty(); found = find()) {
            if (System.nanoTime() - limit > 0) {
                throw new IllegalStateException("processes outlive SIGKILL: " + found);
            }
            ended += (int) found.stream().filter(ProcessHandle::destroyForcibly).count();
            LockSupport.parkNanos(POLL_NANOS);
        }
        return ended;
    }
}
