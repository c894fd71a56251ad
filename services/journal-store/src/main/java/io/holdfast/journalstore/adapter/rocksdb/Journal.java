package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.apply.GapReason;
import io.holdfast.journalstore.apply.VolumeSync;
import io.holdfast.journalstore.differences.RegionSet;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.seeding.Keep;
import io.holdfast.journalstore.seeding.KeptDisk;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangesRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One group's journal. Apply, readers, ageing and commands meet here:
 *
 * <ul>
 *   <li>what changes {@code state} (apply, policy, flush) is synchronized on {@code applyLock};
 *   <li>whoever uses the database holds the read side of {@code use}, so that it cannot be closed under him;
 *   <li>{@link Leases} keeps ageing and opening apart.
 * </ul>
 *
 * <p>After a failed write the journal is {@linkplain #failure broken}: reading goes on, applying needs {@link #reopen}.
 */
public final class Journal implements AutoCloseable {
    /** Staged bytes at which {@link #apply} writes by itself. */
    private static final long COMMIT_BYTES = 4 << 20;
    /** How long a read waits for a journal that was opened again; a guest on a recovery session rather waits than gets an error. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration LOOK_PATIENCE = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private final JournalFiles files;
    private final SharedMemory memory;
    private final FaultPoints faults;
    private final boolean readOnly;
    private final Object applyLock = new Object();
    private final Object markLock = new Object();
    private final Object imageLock = new Object();
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
    private final Images images;
    private final Leases leases;
    private final HeldCheckpoints held;
    private final ScratchPool scratches = new ScratchPool(32);

    private Opened opened;
    private boolean closed;
    private volatile boolean refusedSinceFlush;
    private volatile JournalSnapshot snapshot;
    /**
     * The head at each time since the start that Kafka turned out to have lost what should follow it: behind it the same LSNs mean other changes since. One
     * for each such loss, so few.
     */
    private volatile List<Lsn> losses = List.of();

    /**
     * Records before this offset may have been applied before, under the manifest that the journal has now: before a crash, or before it was opened again.
     * {@link Long#MAX_VALUE} = nobody has said yet where that ends.
     */
    private volatile long repeatsBefore = Long.MAX_VALUE;

    private volatile AgeingPosition ageing;
    private volatile HoldfastException failure;
    private volatile Map<Long, List<Finding>> knownDamage = Map.of();
    private final ForkState fork;
    private final KeptDisks kept;

    private Journal(JournalFiles files, Manifest manifest, SharedMemory memory, FaultPoints faults, boolean readOnly) {
        this.files = files;
        this.memory = memory;
        this.faults = faults;
        this.readOnly = readOnly;
        images = new Images(files.images(), readOnly, faults);
        opened = Opened.open(files.database(), manifest, memory, readOnly);
        try {
            ageing = opened.ageing;
            snapshot = JournalSnapshot.of(opened.state);
            images.follow(manifest, ageing.image() == 0);
            kept = new KeptDisks(files, images, readOnly, faults);
            fork = new ForkState(this, opened.fork);
            // A commit promises the tail before ageing brings the images there.
            leases = new Leases(Lsn.of(Math.max(
                    ageing.tail(), opened.fork.map(one -> one.from().value()).orElse(0L))));
            fork.hold();
            held = new HeldCheckpoints(leases, opened.checkpoints.held());
        } catch (RuntimeException unusable) {
            images.close();
            opened.close();
            throw unusable;
        }
    }

    /**
     * Opens or creates a journal.
     *
     * @throws HoldfastException {@code JOURNAL_DAMAGED}, {@code STORAGE_FULL} or {@code STORAGE_UNUSABLE}
     */
    public static Journal open(JournalFiles files, Manifest manifest, SharedMemory memory, FaultPoints faults) {
        return new Journal(files, manifest, memory, faults, false);
    }

    /** Opens an existing journal without changing a file. Only reading works. */
    public static Journal openReadOnly(JournalFiles files, Manifest manifest, SharedMemory memory) {
        return new Journal(files, manifest, memory, FaultPoints.NONE, true);
    }

    public JournalFiles files() {
        return files;
    }

    public JournalSnapshot snapshot() {
        return snapshot;
    }

    public Leases leases() {
        return leases;
    }

    public Lsn tail() {
        return leases.tail();
    }

    /** Why nothing can be applied now; empty = it can. */
    public Optional<HoldfastException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Payload and overhead of the changes in the history, and what a branch keeps beside them. */
    public long liveBytes() {
        return snapshot.numbers().liveBytesAdded - ageing.bytesDropped() + fork.baseBytes();
    }

    public long checkpointCount() {
        return snapshot.numbers().checkpointsListed - ageing.checkpointsExpired();
    }

    /** Offset of the first Kafka record that is not applied, staged ones included; -1 = the journal has no place yet. */
    public long nextOffset() {
        synchronized (applyLock) {
            return opened.state.numbers().nextOffset;
        }
    }

    /**
     * Decides on a record and stages what it brings. Durable after {@link #commit} and {@link #flush}.
     *
     * @throws HoldfastException when the journal is broken; the record has to come again after {@link #reopen}
     */
    public Applied apply(long offset, ChangesRecord record) {
        synchronized (applyLock) {
            requireWorking();
            if (offset < opened.state.numbers().nextOffset) {
                return new Applied.AlreadyPassed();
            }
            Applied applied;
            try {
                applied = fork.current().filter(Fork::isLive).isPresent()
                        ? opened.applier.turnAway(record)
                        : opened.applier.apply(record);
            } catch (HoldfastException failed) {
                throw broken(failed);
            }
            opened.state.numbers().nextOffset = offset + 1;
            refusedSinceFlush |= applied instanceof Applied.Refused;
            if (opened.staged.bytes() >= COMMIT_BYTES) {
                commitStaged();
            }
            return applied;
        }
    }

    /** Whether the record needs a newer policy than the journal has: an agent, a volume or a revision is unknown. */
    public boolean needsNewerPolicy(ChangesRecord record) {
        return RecordApplier.needsNewerPolicy(snapshot.manifest(), record);
    }

    /**
     * Writes what is staged: readers see it from now on.
     *
     * @return the checkpoints that became listed since the last commit
     */
    public List<Checkpoint> commit() {
        synchronized (applyLock) {
            requireWorking();
            commitStaged();
            if (refusedSinceFlush) {
                // A newer policy might know what was refused, and number what follows otherwise.
                flush();
            }
            return opened.applier.takeListed();
        }
    }

    private void commitStaged() {
        try {
            opened.staged.commit(opened.state);
            opened.applier.committed();
            snapshot = JournalSnapshot.of(opened.state);
            faults.reached(FaultPlaces.APPLY_COMMITTED);
        } catch (HoldfastException failed) {
            throw broken(failed);
        }
    }

    /** Nothing of this group lies before {@code offset}: an idle group must not hold the partition's start back. */
    public void passTo(long offset) {
        synchronized (applyLock) {
            requireWorking();
            if (offset > opened.state.numbers().nextOffset) {
                opened.state.numbers().nextOffset = offset;
                commitStaged();
            }
        }
    }

    /** Kafka lost what the journal needed, or was replaced: all streams are gapped, and reading goes on at {@code offset}. */
    public void kafkaLost(long offset) {
        synchronized (applyLock) {
            requireWorking();
            List<Lsn> more = new ArrayList<>(losses);
            more.add(snapshot.head());
            losses = List.copyOf(more);
            opened.state.noteMissing();
            opened.state.gapAll(GapReason.KAFKA_RECORDS_LOST, opened.staged);
            opened.state.numbers().nextOffset = offset;
            commitStaged();
        }
    }

    /** A record could not even be parsed: whose it was is unknown, so every stream of the group may miss something. */
    public void unreadable(long offset) {
        synchronized (applyLock) {
            requireWorking();
            if (offset >= opened.state.numbers().nextOffset) {
                opened.state.noteMissing();
                opened.state.gapAll(GapReason.RECORD_REFUSED, opened.staged);
                opened.state.numbers().nextOffset = offset + 1;
                commitStaged();
            }
        }
    }

    /** A record was not readable of which it is not known whose it was: it may have been this group's. */
    public void mayHaveMissed(long offset) {
        synchronized (applyLock) {
            requireWorking();
            if (offset >= opened.state.numbers().nextOffset && opened.state.notesDrops()) {
                opened.state.noteMissing();
                opened.state.numbers().nextOffset = offset + 1;
                commitStaged();
            }
        }
    }

    /**
     * A commit's point of no return: every stream ends, and a new lineage begins right behind the head. Durable.
     *
     * @param forkAt makes the fork, of the old lineage's last LSN
     */
    Fork fork(Function<Lsn, Fork> forkAt) {
        synchronized (applyLock) {
            requireWorking();
            opened.state.noteCommit();
            opened.state.gapAll(GapReason.COMMITTED, opened.staged);
            Fork begun = forkAt.apply(opened.state.head());
            opened.state.beginLineage(ChronoUnit.MICROS.between(Instant.EPOCH, begun.at()), opened.staged);
            store(begun);
            return begun;
        }
    }

    /** Stores a later step of a fork, durably. */
    void store(Fork now) {
        synchronized (applyLock) {
            requireWorking();
            opened.staged.fork(now);
            if (!now.retained()) {
                opened.state.noteRelease();
            }
            commitStaged();
            flush();
        }
    }

    /** What the replica images hold. */
    public Lsn imageLsn() {
        return Lsn.of(ageing.image());
    }

    /** Where the last commit made a new lineage begin; empty = nothing was ever committed. */
    public Optional<Fork> fork() {
        return fork.current();
    }

    /** The steps of a commit and of a branch's release. */
    public ForkState forkState() {
        return fork;
    }

    /** The old disks that are kept beside the replicas. */
    public KeptDisks keptDisks() {
        return kept;
    }

    /** Adds the regions of a volume that have changes in the history behind an LSN. */
    public void changedBehind(int volumeIndex, Lsn after, RegionSet into) {
        int lossesBefore = losses();
        usingFrom(snapshot.head(), lossesBefore, LOOK_PATIENCE, now -> {
            ChangedRegions.add(now.db, volumeIndex, after.value(), into);
            return null;
        });
    }

    BranchBase branchBase(int volumeIndex) {
        return fork.base(volumeIndex);
    }

    /**
     * The volume, if its replica may still begin with a seed: nothing of it was ever stored and no sync of it has started.
     *
     * @throws HoldfastException {@code VOLUME_NOT_FOUND}, {@code SEED_TOO_LATE}, or why the journal is broken
     */
    public VolumeSlot requireSeedable(VolumeId volume) {
        synchronized (applyLock) {
            requireWorking();
            VolumeSlot slot = opened.state
                    .manifest()
                    .slotOf(volume)
                    .filter(VolumeSlot::isProtected)
                    .orElseThrow(() -> new HoldfastException(
                            JournalError.VOLUME_NOT_FOUND,
                            "group %s has no volume %s"
                                    .formatted(opened.state.manifest().pg(), volume)));
            VolumeSync sync = opened.state.volumes().getOrDefault(slot.index(), VolumeSync.NEVER);
            if (sync.base() != VolumeSync.Base.NOTHING || sync.phase() != VolumeSync.Phase.OUT) {
                throw new HoldfastException(
                        JournalError.SEED_TOO_LATE,
                        "the first sync of volume %s has begun; it compares with what the replica held then"
                                .formatted(volume));
            }
            kept.requireNone(slot);
            return slot;
        }
    }

    /**
     * Puts a seed in the place of a replica whose first sync has not begun. With the lock of apply: what a sync builds on does not change after its start.
     *
     * @param staged a raw image as large as the volume, forced, in the journal's folder; gone afterwards
     * @param keep that it can be read as a branch from then on; empty = what comes later overwrites it
     * @throws HoldfastException as {@link #requireSeedable}, and storage failures; the replica is as before then
     */
    public void seed(VolumeId volume, Path staged, UUID seed, Optional<Keep> keep) {
        synchronized (applyLock) {
            VolumeSlot slot = requireSeedable(volume);
            use.writeLock().lock();
            try {
                keep.ifPresent(order -> kept.add(keptDisk(slot, seed, order)));
                images.replace(opened.state.manifest(), slot, staged);
            } catch (HoldfastException failed) {
                kept.giveUp(Set.of(seed));
                throw failed;
            } finally {
                use.writeLock().unlock();
            }
        }
    }

    private static KeptDisk keptDisk(VolumeSlot slot, UUID seed, Keep order) {
        Instant now = Instant.now();
        return new KeptDisk(
                order.branch(),
                slot.volume(),
                slot.index(),
                slot.sizeBytes(),
                seed,
                now,
                order.until(now),
                Optional.empty());
    }

    /** @throws HoldfastException {@code BRANCH_NAME_TAKEN} when the last commit's branch has this name */
    public void requireNotABranch(String name) {
        if (fork().filter(one -> one.retained() && one.branch().equals(name)).isPresent()) {
            throw new HoldfastException(
                    JournalError.BRANCH_NAME_TAKEN, "the branch of the last commit is '%s' already".formatted(name));
        }
    }

    /** Nothing from this offset on was ever applied by this journal; the first word counts. */
    public void repeatsBefore(long offset) {
        synchronized (applyLock) {
            if (repeatsBefore == Long.MAX_VALUE) {
                repeatsBefore = offset;
            }
        }
    }

    /** How a manifest may be followed that records are judged by otherwise than by the present one. */
    public enum Pace {
        /** Once every record that was applied under the present one is applied again. */
        BEHIND_WHAT_REPEATS,
        /** Now: a record needs it, so that none from here on can have been applied before. */
        AT_ONCE
    }

    /**
     * Takes over a newer manifest (docs/journal-recovery.md, "Policies"): no record is applied under it that was applied under another one before.
     *
     * @param change makes it of the present one, at the head
     * @param write puts it on disk
     * @return false = not now
     */
    public boolean follow(BiFunction<Manifest, Lsn, Manifest> change, Pace pace, Consumer<Manifest> write) {
        synchronized (applyLock) {
            requireWorking();
            Manifest now = opened.state.manifest();
            Manifest newer = change.apply(now, opened.state.head());
            if (!newer.appliesAs(now)) {
                if (pace != Pace.AT_ONCE && opened.state.numbers().nextOffset < repeatsBefore) {
                    return false;
                }
                opened.state.handOver(newer);
                commitStaged();
                flush();
            }
            write.accept(newer);
            images.follow(newer, true);
            opened.state.follow(newer, opened.staged);
            commitStaged();
            return true;
        }
    }

    /** Makes everything that is committed durable. */
    public void flush() {
        use.readLock().lock();
        try {
            requireOpen();
            refusedSinceFlush = false;
            opened.db.flush();
            faults.reached(FaultPlaces.FLUSH_DONE);
        } catch (HoldfastException failed) {
            throw broken(failed);
        } finally {
            use.readLock().unlock();
        }
    }

    private HoldfastException broken(HoldfastException cause) {
        failure = cause;
        return cause;
    }

    private void requireWorking() {
        if (failure != null) {
            throw failure;
        }
        requireOpen();
    }

    private void requireOpen() {
        if (closed) {
            throw new HoldfastException(JournalError.JOURNAL_NOT_FOUND, "the journal is closed");
        }
    }

    /** Opens the database again at its last durable state, as after a crash. Open points stay open. */
    public void reopen() {
        synchronized (applyLock) {
            use.writeLock().lock();
            try {
                requireOpen();
                Manifest manifest = opened.state.manifest();
                repeatsBefore = Math.max(repeatsBefore, opened.state.numbers().nextOffset);
                opened.close();
                closed = true;
                opened = Opened.open(files.database(), manifest, memory, readOnly);
                closed = false;
                ageing = opened.ageing;
                snapshot = JournalSnapshot.of(opened.state);
                fork.reload(opened.fork);
                failure = null;
            } finally {
                use.writeLock().unlock();
            }
        }
    }

    /** Runs with the database kept open. */
    <T> T using(Function<Opened, T> work) {
        use.readLock().lock();
        try {
            requireOpen();
            return work.apply(opened);
        } finally {
            use.readLock().unlock();
        }
    }

    /**
     * As {@link #using}, of a database that has everything up to {@code lsn}. After {@link #reopen} it has less for a moment, and would answer with older
     * bytes.
     *
     * @param lossesBefore how many losses had been when {@code lsn} was seen
     * @param patience how long it may take to be there again
     * @throws HoldfastException {@code LSN_NOT_REACHED} when it took longer; {@code LSN_EXPIRED} when Kafka has lost it
     */
    <T> T usingFrom(Lsn lsn, int lossesBefore, Duration patience, Function<Opened, T> work) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            use.readLock().lock();
            try {
                requireOpen();
                requireNotLost(lsn, lossesBefore);
                if (!lsn.isAfter(snapshot.head())) {
                    return work.apply(opened);
                }
            } finally {
                use.readLock().unlock();
            }
            if (System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
                throw new HoldfastException(
                        JournalError.LSN_NOT_REACHED,
                        "the journal was opened again at LSN %s and has not reached %s in %s"
                                .formatted(snapshot.head(), lsn, patience));
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private void requireNotLost(Lsn lsn, int lossesBefore) {
        List<Lsn> all = losses;
        for (Lsn head : all.subList(lossesBefore, all.size())) {
            if (lsn.isAfter(head)) {
                throw new HoldfastException(
                        JournalError.LSN_EXPIRED,
                        "the journal was opened again at LSN %s, and Kafka has lost what led to %s"
                                .formatted(head, lsn));
            }
        }
    }

    int losses() {
        return losses.size();
    }

    AgeingPosition ageing() {
        return ageing;
    }

    void ageing(AgeingPosition now) {
        ageing = now;
    }

    Images images() {
        return images;
    }

    boolean isReadOnly() {
        return readOnly;
    }

    FaultPoints faults() {
        return faults;
    }

    ScratchPool scratches() {
        return scratches;
    }

    /** What the last scrub found: ageing goes past damaged changes whose blocks are known. */
    public void knownDamage(List<Finding> findings) {
        knownDamage = findings.stream()
                .filter(finding -> finding.kind() == Finding.Kind.CHANGE && finding.namesBlocks())
                .collect(Collectors.groupingBy(Finding::lsn));
    }

    Map<Long, List<Finding>> knownDamage() {
        return knownDamage;
    }

    /** Held while the images are written, and while they are compared with their checksums. */
    Object imageLock() {
        return imageLock;
    }

    /** Held while a checkpoint's record is read, changed and stored. */
    Object markLock() {
        return markLock;
    }

    HeldCheckpoints held() {
        return held;
    }

    /** The bytes of one volume at one point. Valid while the point is open. */
    public PointReader reader(VolumeSlot slot, Lsn lsn) {
        return reader(slot, lsn, PATIENCE);
    }

    /**
     * As {@link #reader(VolumeSlot, Lsn)}.
     *
     * @param patience how long a read waits for a journal that was opened again without the point's last changes
     */
    public PointReader reader(VolumeSlot slot, Lsn lsn, Duration patience) {
        return new PointReader(this, slot, lsn, Optional.empty(), patience);
    }

    /** The bytes of one of an open point's volumes, while it is open. */
    public PointReader reader(VolumeSlot slot, OpenPoint point) {
        return reader(slot, point, PATIENCE);
    }

    /** As {@link #reader(VolumeSlot, OpenPoint)}, with the patience of {@link #reader(VolumeSlot, Lsn, Duration)}. */
    public PointReader reader(VolumeSlot slot, OpenPoint point, Duration patience) {
        return new PointReader(this, slot, point.lsn(), point.contents(slot), patience);
    }

    /** Flushes, unless the journal is broken, and closes. */
    @Override
    public void close() {
        synchronized (applyLock) {
            try {
                if (!closed && !readOnly && failure == null) {
                    commitStaged();
                    flush();
                }
            } finally {
                abandon();
            }
        }
    }

    /** Closes without flushing: what a crash leaves. */
    public void abandon() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                opened.close();
            }
            fork.close();
            kept.close();
            images.close();
        } finally {
            use.writeLock().unlock();
        }
    }
}
