package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.CommitOrderFile;
import io.holdfast.journalstore.adapter.files.OverlayDevice;
import io.holdfast.journalstore.adapter.rocksdb.ForkState;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.JournalPolicy;
import io.holdfast.journalstore.session.Commit;
import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * Commit, rollback and end of recovery sessions (docs/commit-protocol.md). Orders may come from any thread; {@link #step} is called by one, again
 * and again, and brings every commit on by a bounded piece.
 */
public final class Commits {
    /** Overlay bytes that one step merges per volume: bounds what a crash repeats and how long a step takes. */
    private static final long PORTION_BYTES = 8 << 20;

    private final JournalStore store;
    private final Sessions sessions;
    private final FaultPoints faults;

    Commits(JournalStore store, Sessions sessions, FaultPoints faults) {
        this.store = store;
        this.sessions = sessions;
        this.faults = faults;
    }

    /**
     * Orders a session's commit. Ordering the same again changes nothing.
     *
     * @param branch name for the history behind the session's point
     * @throws HoldfastException {@code SESSION_NOT_FOUND}, {@code SESSION_NOT_OPEN}, {@code REPLICATION_RUNS}, {@code BRANCH_RETAINED}, {@code HISTORY_IN_USE},
     *     {@code IDEMPOTENCY_KEY_REUSED}
     */
    public RecoverySession order(PgId pg, SessionId id, String branch, String idempotencyKey) {
        LiveSession one = sessions.requireLive(pg, id);
        one.committing.lock();
        try {
            if (one.order.isPresent()) {
                return repeated(one, branch, idempotencyKey);
            }
            requireCommittable(one, branch);
            CommitOrderFile.Order order = new CommitOrderFile.Order(branch, idempotencyKey);
            CommitOrderFile.write(one.folder(), order);
            one.order = Optional.of(order);
            faults.reached(FaultPlaces.COMMIT_ORDERED);
            return one.view();
        } finally {
            one.committing.unlock();
        }
    }

    private static RecoverySession repeated(LiveSession one, String branch, String idempotencyKey) {
        CommitOrderFile.Order before = one.order.orElseThrow();
        boolean sameKey = !idempotencyKey.isEmpty() && before.idempotencyKey().equals(idempotencyKey);
        if (before.branch().equals(branch)) {
            return one.view();
        }
        throw sameKey
                ? new HoldfastException(
                        CommonError.IDEMPOTENCY_KEY_REUSED,
                        "the Idempotency-Key was used for a commit with branch '%s'".formatted(before.branch()))
                : new HoldfastException(
                        JournalError.SESSION_NOT_OPEN,
                        "the session is committed already, with branch '%s'".formatted(before.branch()));
    }

    private void requireCommittable(LiveSession one, String branch) {
        RecoverySession now = sessions.require(one.session.pg(), one.session.id());
        if (now.state() != RecoverySession.State.OPEN) {
            throw new HoldfastException(
                    JournalError.SESSION_NOT_OPEN,
                    "recovery session %s is %s; only an open one can be committed".formatted(now.id(), now.state()));
        }
        if (now.part()) {
            throw new HoldfastException(
                    JournalError.SESSION_IS_PART,
                    "recovery session %s serves a part of the group, and a commit is of all of it".formatted(now.id()));
        }
        requireReplicationStopped(one.journal);
        one.journal.forkState().requireNoBranch();
        if (one.journal.keptDisks().has(branch)) {
            throw new HoldfastException(
                    JournalError.BRANCH_NAME_TAKEN, "an old disk is kept as branch '%s'".formatted(branch));
        }
        Optional<Lsn> user = one.journal.leases().lowest().filter(lowest -> lowest.compareTo(now.lsn()) < 0);
        if (user.isPresent()) {
            throw new HoldfastException(
                    JournalError.HISTORY_IN_USE,
                    "LSN %s is in use by another session, an open view or a held checkpoint; end that use first"
                            .formatted(user.get()));
        }
    }

    private static void requireReplicationStopped(Journal journal) {
        if (journal.snapshot().manifest().policyState() == JournalPolicy.State.REPLICATE) {
            throw new HoldfastException(
                    JournalError.REPLICATION_RUNS,
                    "the group still replicates; pause, fail over or remove it before a commit");
        }
    }

    /**
     * Ends a session that is not committed for good as if it had never been. Rolling back again is fine.
     *
     * @throws HoldfastException {@code SESSION_NOT_FOUND} or {@code COMMIT_IS_FINAL}
     */
    public RecoverySession rollback(PgId pg, SessionId id) {
        RecoverySession now = sessions.require(pg, id);
        if (now.state() == RecoverySession.State.ROLLED_BACK) {
            return now;
        }
        LiveSession one = sessions.requireLive(pg, id);
        one.committing.lock();
        try {
            if (one.fork().isPresent()) {
                throw new HoldfastException(
                        JournalError.COMMIT_IS_FINAL,
                        "the commit of recovery session %s is final: its writes are the volumes' state".formatted(id));
            }
            sessions.remove(one, true);
            return sessions.require(pg, id);
        } finally {
            one.committing.unlock();
        }
    }

    /** Ends a session: its writes are thrown away, or, once committed, stay in the volumes. */
    void end(LiveSession one) {
        one.committing.lock();
        try {
            Optional<Commit> commit = one.commit();
            if (commit.filter(state -> !(state instanceof Commit.Done)).isPresent()) {
                throw new HoldfastException(
                        JournalError.COMMIT_RUNS,
                        "recovery session %s is being committed; wait for it, or roll back while that is possible"
                                .formatted(one.session.id()));
            }
            if (commit.isPresent()) {
                closeVolumes(one);
                one.journal.forkState().ended();
                faults.reached(FaultPlaces.COMMIT_ENDED);
            }
            sessions.remove(one, false);
        } catch (IOException failure) {
            throw failed("the volumes cannot be closed", failure);
        } finally {
            one.committing.unlock();
        }
    }

    private void closeVolumes(LiveSession one) throws IOException {
        for (RecoverySession.Volume volume : one.session.volumes()) {
            OverlayDevice device = sessions.device(one, volume.volume());
            while (!device.closeMerged()) {
                device.merge(PORTION_BYTES, faults::reached);
            }
        }
    }

    /**
     * Brings the commits of one group on by a piece.
     *
     * @return bytes that were merged; 0 = nothing can be done now
     */
    public long step(PgId pg) {
        long merged = 0;
        for (LiveSession one : sessions.liveOf(pg)) {
            if (one.order.isEmpty() || !one.committing.tryLock()) {
                continue;
            }
            try {
                merged += step(one);
                one.problem = "";
            } catch (HoldfastException waits) {
                one.problem = waits.getMessage();
            } catch (IOException failure) {
                one.problem = "writing the volumes failed: " + failure.getMessage();
            } finally {
                one.committing.unlock();
            }
        }
        return merged;
    }

    private long step(LiveSession one) throws IOException {
        ForkState forks = one.journal.forkState();
        if (one.fork().isEmpty()) {
            // The policy may have changed since the order.
            requireReplicationStopped(one.journal);
            forks.begin(
                    one.session.id(), one.session.lsn(), one.order.orElseThrow().branch(), Instant.now());
        }
        Fork fork = one.fork().orElseThrow();
        if (!fork.isLive()) {
            return 0;
        }
        store.beginLineage(one.journal, fork.lineage());
        return switch (fork.step()) {
            case PROMOTING -> {
                if (forks.isPromoted()) {
                    forks.promoted();
                }
                yield 0;
            }
            case MERGING -> {
                long merged = merge(one);
                if (merged == 0) {
                    forks.merged();
                }
                yield merged;
            }
            case COMMITTED -> merge(one);
        };
    }

    private long merge(LiveSession one) throws IOException {
        long merged = 0;
        for (RecoverySession.Volume volume : one.session.volumes()) {
            OverlayDevice device = sessions.device(one, volume.volume());
            if (!device.isInPlace()) {
                device.goInPlace(one.journal.forkState().inPlace(volume.index()));
            }
            long bytes = device.merge(PORTION_BYTES, faults::reached);
            if (bytes > 0 && device.usedBytes() == 0) {
                device.reclaim();
            }
            merged += bytes;
        }
        // Nothing reads the session's point as a view any more.
        one.releaseLease();
        return merged;
    }

    private static HoldfastException failed(String what, IOException failure) {
        return new HoldfastException(CommonError.STORAGE_UNUSABLE, what + ": " + failure.getMessage(), failure);
    }
}
