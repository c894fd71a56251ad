package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * How a mirror is ended under a running guest (docs/capture.md, "How a mirror ends"). Never with force: QEMU 7.2 frees at once what the guest's writes in flight still use, and
 * dies. A mirror that is ready is asked to end and waits for them; one that stopped on an error is made ready first. Its target has to take writes meanwhile.
 */
final class MirrorEnding {
    private static final long POLL_NANOS = 10_000_000;
    private static final long LIMIT_NANOS = 20_000_000_000L;

    private final QemuMonitor qemu;
    private final String job;
    private boolean asked;

    MirrorEnding(QemuMonitor qemu, String job) {
        this.qemu = qemu;
        this.job = job;
    }

    /**
     * Returns when the job is gone.
     *
     * @throws HoldfastException {@code QEMU_REFUSED} after 20 s; the mirror then still works off what it missed, and another call goes on from there
     */
    void await() throws QmpException {
        long start = System.nanoTime();
        for (Optional<BlockJob> now = qemu.job(job); now.isPresent(); now = qemu.job(job)) {
            if (System.nanoTime() - start > LIMIT_NANOS) {
                throw new HoldfastException(
                        AgentError.QEMU_REFUSED,
                        "the mirror %s is still at work in QEMU (%s, %d of %d bytes); it is tried again"
                                .formatted(
                                        job,
                                        now.get().status(),
                                        now.get().doneBytes(),
                                        now.get().totalBytes()));
            }
            step(now.get());
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private void step(BlockJob now) throws QmpException {
        if (now.paused()) {
            asked = false;
            ask("block-job-resume", Map.of("device", job));
        } else if (now.isMirroring() && !asked) {
            asked = ask("block-job-cancel", Map.of("device", job, "force", false));
        }
    }

    /** The job may have changed since it was looked at; then QEMU refuses, and the next look tells what is to be done. */
    private boolean ask(String command, Map<String, ?> arguments) throws QmpException {
        try {
            qemu.run(command, arguments);
            return true;
        } catch (QmpException refused) {
            if (refused.isFatal()) {
                throw refused;
            }
            return false;
        }
    }
}
