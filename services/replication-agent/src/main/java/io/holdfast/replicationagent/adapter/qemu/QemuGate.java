package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.capture.LiveSource;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Keeps our own transactions off our own reads of one QEMU: a transaction waits until no request is in flight, and QEMU answers no read meanwhile. Shared by
 * the disks of a machine, as QEMU drains all of them together.
 *
 * <p>Threads: any; a thread leaves what it entered.
 */
final class QemuGate implements LiveSource {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile QemuMonitor qemu;

    /** The monitor to ask from now on; null = QEMU is away. */
    void use(QemuMonitor monitor) {
        qemu = monitor;
    }

    @Override
    public void enterRead() {
        lock.readLock().lock();
    }

    @Override
    public void leaveRead() {
        lock.readLock().unlock();
    }

    boolean isHeldByReader() {
        return lock.getReadHoldCount() > 0;
    }

    boolean tryEnter() {
        return lock.readLock().tryLock();
    }

    void leave() {
        lock.readLock().unlock();
    }

    @Override
    public void awaitWritesInFlight() throws IOException {
        QemuMonitor current = qemu;
        if (current == null) {
            throw new IOException("QEMU is away");
        }
        drained(() -> current.transaction(List.of()));
    }

    /** What is to be done while none of our reads is under way. */
    interface Step {
        void run() throws QmpException;
    }

    void drained(Step step) throws QmpException {
        lock.writeLock().lock();
        try {
            step.run();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
