package io.holdfast.recoveryplan.adapter.hook;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * All processes of a hook, by the idempotency key in their environment (proc(5)), which each hands down to those that it starts: they are found whoever their
 * parent is by now, also those of a service that was killed, and a process number that was given to somebody else is not mistaken for them.
 */
record LeftProcesses(String key) {
    static final String VARIABLE = "HOLDFAST_IDEMPOTENCY_KEY";

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private List<ProcessHandle> find() {
        return ProcessHandle.allProcesses().filter(this::isOurs).toList();
    }

    private boolean isOurs(ProcessHandle process) {
        try {
            String environment = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "environ"), StandardCharsets.ISO_8859_1);
            return process.isAlive() && Arrays.asList(environment.split("\0")).contains(VARIABLE + "=" + key);
        } catch (IOException goneOrNotOurs) {
            return false;
        }
    }

    /** SIGKILL for all of them, again while some are there: one may just have started another. Gives up after 10 s: one waits in the kernel for a device. */
    void end() {
        long limit = System.nanoTime() + LIMIT.toNanos();
        for (List<ProcessHandle> found = find(); !found.isEmpty() && System.nanoTime() - limit < 0; found = find()) {
            found.forEach(ProcessHandle::destroyForcibly);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}
