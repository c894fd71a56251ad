package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.CommitOrderFile;
import io.holdfast.journalstore.adapter.files.OverlayDevice;
import io.holdfast.journalstore.adapter.files.SessionFile;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.session.Commit;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.id.VolumeId;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** A session as the process has it. Its fields are guarded by {@link Sessions}; steps of its commit by {@link #committing}. */
final class LiveSession {
    RecoverySession session;
    final Journal journal;
    final Map<VolumeId, OverlayDevice> devices = new ConcurrentHashMap<>();
    final ReentrantLock committing = new ReentrantLock();
    volatile Optional<CommitOrderFile.Order> order;
    /** Why the commit does not go on; empty = it does. */
    volatile String problem = "";

    private final Leases.Lease lease;

    /** @param lease null when the session needs none */
    LiveSession(RecoverySession session, Journal journal, Leases.Lease lease) {
        this.session = session;
        this.journal = journal;
        this.lease = lease;
        order = CommitOrderFile.read(folder());
    }

    Path folder() {
        return SessionFile.folder(journal.files().sessions(), session.id());
    }

    /** The fork that this session made. */
    Optional<Fork> fork() {
        return journal.fork().filter(one -> one.session().equals(session.id()));
    }

    /** Whether the volumes are the replica images by now. */
    boolean isInPlace() {
        return fork().filter(one -> one.step() != Fork.Step.PROMOTING).isPresent();
    }

    Optional<Commit> commit() {
        long overlays =
                devices.values().stream().mapToLong(OverlayDevice::usedBytes).sum();
        return Commit.of(order.map(CommitOrderFile.Order::branch), fork(), journal.imageLsn(), overlays);
    }

    /** The session with the state that its commit gives it. */
    RecoverySession view() {
        return commit().map(commit -> session.in(
                        commit instanceof Commit.Done
                                ? RecoverySession.State.COMMITTED
                                : RecoverySession.State.COMMITTING))
                .orElse(session);
    }

    void releaseLease() {
        if (lease != null) {
            lease.close();
        }
    }
}
