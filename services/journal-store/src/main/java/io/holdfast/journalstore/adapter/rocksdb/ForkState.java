package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.adapter.files.InPlace;
import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.differences.RegionSet;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.nbd.BlockDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A journal's fork and what hangs on it: the lease that keeps a branch, and the blocks that were saved for it. Each step is one durable write
 * (docs/commit-protocol.md). Reading is safe for any number of threads; steps come from one at a time.
 */
public final class ForkState {
    private final Journal journal;
    private final Map<Integer, BranchBase> bases = new ConcurrentHashMap<>();
    private volatile Optional<Fork> fork;
    private Leases.Lease held;

    ForkState(Journal journal, Optional<Fork> stored) {
        this.journal = journal;
        fork = stored;
    }

    Optional<Fork> current() {
        return fork;
    }

    /** Takes up a fork that is stored: the branch's lease, and images that a committed session writes. */
    synchronized void hold() {
        if (!journal.isReadOnly() && fork.filter(Fork::isLive).isPresent()) {
            goLive();
        }
        fork.filter(Fork::retained)
                .ifPresent(one -> held = journal.leases().take(one.from()).orElseThrow());
    }

    /** The database was opened again at an earlier state; a step that was not durable has to come again. */
    void reload(Optional<Fork> stored) {
        fork = stored;
    }

    /**
     * The point of no return of a commit: what lies behind the LSN becomes a branch, every stream ends, a new lineage begins.
     *
     * @throws HoldfastException {@code BRANCH_RETAINED} or {@code HISTORY_IN_USE}; nothing has changed then
     */
    public synchronized Fork begin(SessionId session, Lsn point, String branch, Instant now) {
        requireNoBranch();
        Optional<Lsn> user = journal.leases().moveTailTo(point);
        if (user.isPresent()) {
            throw new HoldfastException(
                    JournalError.HISTORY_IN_USE,
                    ("LSN %s is still in use by a session, an open view or a held checkpoint; committing LSN %s would"
                                    + " age it, so end that use first")
                            .formatted(user.get(), point));
        }
        journal.faults().reached(FaultPlaces.COMMIT_TAIL);
        String lineage = UUID.randomUUID().toString();
        held = journal.leases().take(point).orElseThrow();
        Fork begun;
        try {
            begun = journal.fork(
                    head -> new Fork(Fork.Step.PROMOTING, branch, true, point, head, session, false, lineage, now));
            fork = Optional.of(begun);
        } catch (RuntimeException notStored) {
            held.close();
            held = null;
            throw notStored;
        }
        journal.faults().reached(FaultPlaces.COMMIT_BEGUN);
        return begun;
    }

    /** @throws HoldfastException {@code BRANCH_RETAINED} while the last commit's branch or session is there */
    public void requireNoBranch() {
        fork.filter(one -> one.retained() || one.isLive() || !isDropped(one)).ifPresent(one -> {
            throw new HoldfastException(
                    JournalError.BRANCH_RETAINED,
                    one.isLive()
                            ? "recovery session %s has committed the volumes and still serves them"
                                    .formatted(one.session())
                            : "branch '%s' of the last commit is still there; release it first"
                                    .formatted(one.branch()));
        });
    }

    private boolean isDropped(Fork one) {
        return journal.ageing().dropped() >= one.to().value();
    }

    private void store(Fork now) {
        journal.store(now);
        fork = Optional.of(now);
    }

    /** Whether the images are where the commit wants them. */
    public boolean isPromoted() {
        return fork.filter(one -> journal.ageing().image() >= one.from().value())
                .isPresent();
    }

    /** The images hold the committed point: the overlays can be merged. */
    public synchronized void promoted() {
        store(fork.orElseThrow().promoted());
        journal.faults().reached(FaultPlaces.PROMOTION_DONE);
    }

    /** The overlays are in the images. */
    public synchronized void merged() {
        store(fork.orElseThrow().merged());
        journal.faults().reached(FaultPlaces.COMMIT_DONE);
    }

    /** The session has ended; streams may begin anew with a FULL sync. */
    public synchronized void ended() {
        store(fork.orElseThrow().ended());
        for (VolumeSlot slot : journal.snapshot().manifest().volumes()) {
            journal.images().of(slot.index()).rest();
        }
    }

    /**
     * Gives a branch up; ageing frees its space.
     *
     * @throws HoldfastException {@code BRANCH_NOT_FOUND}, {@code COMMIT_RUNS} or {@code HISTORY_IN_USE}
     */
    public synchronized void release(String branch) {
        Fork now = requireBranch(branch);
        if (now.step() == Fork.Step.PROMOTING) {
            throw new HoldfastException(
                    JournalError.COMMIT_RUNS, "the commit that made branch '%s' is under way".formatted(branch));
        }
        Leases.Lease own = held;
        held = null;
        own.close();
        if (journal.leases().lowest().filter(user -> !user.isAfter(now.to())).isPresent()) {
            held = journal.leases().take(now.from()).orElseThrow();
            throw new HoldfastException(
                    JournalError.HISTORY_IN_USE,
                    "branch '%s' is read by a session, an open view or a held checkpoint; end that use first"
                            .formatted(branch));
        }
        try {
            store(now.released());
        } catch (RuntimeException notStored) {
            held = journal.leases().take(now.from()).orElseThrow();
            throw notStored;
        }
        journal.faults().reached(FaultPlaces.BRANCH_RELEASED);
    }

    /** @throws HoldfastException {@code BRANCH_NOT_FOUND} */
    public Fork requireBranch(String branch) {
        return fork.filter(one -> one.retained() && one.branch().equals(branch))
                .orElseThrow(() -> new HoldfastException(
                        JournalError.BRANCH_NOT_FOUND, "the journal has no branch '%s'".formatted(branch)));
    }

    private void goLive() {
        try {
            if (fork.orElseThrow().step() != Fork.Step.PROMOTING) {
                for (VolumeSlot slot : journal.snapshot().manifest().volumes()) {
                    journal.images().of(slot.index()).live();
                }
            }
        } catch (IOException failure) {
            throw StorageFailures.translate("opening the images of a committed session", failure);
        }
    }

    /** The volume as a committed session writes it. Only once the images are promoted. */
    public InPlace inPlace(int volumeIndex) throws IOException {
        BlockDevice volume = journal.images().of(volumeIndex).live();
        return new CommittedVolume(
                volume,
                () -> fork.filter(Fork::retained).map(_ -> base(volumeIndex)),
                journal.keptDisks(),
                volumeIndex);
    }

    BranchBase base(int volumeIndex) {
        return bases.computeIfAbsent(volumeIndex, index -> {
            try {
                return BranchBase.open(
                        journal.files().branch(),
                        index,
                        journal.images().of(index).size(),
                        () -> journal.images().of(index),
                        journal.isReadOnly());
            } catch (IOException failure) {
                throw StorageFailures.translate("opening what is saved for a branch", failure);
            }
        });
    }

    /**
     * Adds the regions of a volume in which a committed session has written into the image, or may do so at any moment. While the branch is retained.
     *
     * @throws HoldfastException storage failures
     */
    public void addSaved(int volumeIndex, RegionSet into) {
        into.addBlocks(base(volumeIndex)::nextPreserved);
    }

    /** What is kept for the branch beside images and history. */
    public long baseBytes() {
        return bases.values().stream().mapToLong(BranchBase::bytes).sum();
    }

    /** Whether files of a branch are left that nobody needs any more. */
    boolean hasRemains() {
        return fork.filter(one -> !one.retained() && isDropped(one)).isPresent()
                && Files.exists(journal.files().branch());
    }

    /** The branch's changes are gone, durably: what was saved for it can go as well. */
    void forgetBases() {
        close();
        try {
            SafeFile.deleteFolder(journal.files().branch());
        } catch (IOException failure) {
            throw StorageFailures.translate("deleting what was saved for a branch", failure);
        }
    }

    void close() {
        for (BranchBase base : bases.values()) {
            try {
                base.close();
            } catch (IOException ignored) {
                // What matters of it was forced before.
            }
        }
        bases.clear();
    }
}
