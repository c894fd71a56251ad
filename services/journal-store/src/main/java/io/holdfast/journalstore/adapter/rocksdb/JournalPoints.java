package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.Machine;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** The points of a journal: listing, opening, holding. Safe for any number of threads. */
public final class JournalPoints {
    private final Journal journal;

    public JournalPoints(Journal journal) {
        this.journal = journal;
    }

    /**
     * Opens a point; the caller closes it.
     *
     * @throws HoldfastException {@code CHECKPOINT_NOT_FOUND}, {@code CHECKPOINT_EXPIRED}, {@code LSN_EXPIRED}, {@code LSN_NOT_REACHED} or
     *     {@code NOT_CONSISTENT}
     */
    public OpenPoint open(Point point) {
        // The snapshot is older than what the database shows, or the same: a point at or before its head is there.
        JournalSnapshot now = journal.snapshot();
        if (point instanceof Point.OnBranch(var branch, var inner)
                && journal.keptDisks().has(branch)) {
            return journal.keptDisks().open(branch, inner, now.manifest());
        }
        return journal.using(opened ->
                new PointResolver(opened.db, opened.checkpoints, journal.leases(), journal.fork()).open(point, now));
    }

    /** Newest first, ordinals below {@code before}, at most {@code limit}; only ones that can be opened. */
    public List<Checkpoint> list(long before, int limit, Predicate<Checkpoint> wanted) {
        long left = journal.fork().map(fork -> fork.to().value()).orElse(-1L);
        return journal.using(opened -> opened.checkpoints.newestFirst(
                before,
                limit,
                checkpoint -> !journal.tail().isAfter(checkpoint.lsn())
                        && checkpoint.lsn().value() > left
                        && wanted.test(checkpoint)));
    }

    /**
     * As {@link #list}, of a branch.
     *
     * @throws HoldfastException {@code BRANCH_NOT_FOUND}
     */
    public List<Checkpoint> listBranch(String branch, long before, int limit) {
        Fork fork = journal.forkState().requireBranch(branch);
        return journal.using(opened -> opened.checkpoints.newestFirst(
                before,
                limit,
                checkpoint -> !fork.from().isAfter(checkpoint.lsn()) && fork.hasLeftBehind(checkpoint.lsn())));
    }

    public Optional<Checkpoint> newest() {
        return list(Long.MAX_VALUE, 1, _ -> true).stream().findFirst();
    }

    public Optional<Checkpoint> oldest() {
        long left = journal.fork().map(fork -> fork.to().value()).orElse(-1L);
        return journal.using(opened -> opened.checkpoints.oldest(left));
    }

    /** @throws HoldfastException {@code CHECKPOINT_NOT_FOUND} or {@code CHECKPOINT_EXPIRED} */
    public Checkpoint require(CheckpointId id) {
        return journal.using(opened -> opened.checkpoints.require(id));
    }

    /** The checkpoint while it is listed; empty = it expired or was never there. */
    public Optional<Checkpoint> find(CheckpointId id) {
        return journal.using(opened -> opened.checkpoints.find(id));
    }

    /**
     * The machines whose disks the journal has, as they were at a checkpoint; those that nobody had reported by then are missing.
     *
     * @param checkpoint of this journal
     */
    public List<Machine> machines(Checkpoint checkpoint) {
        Set<String> volumes = journal.snapshot().volumesAt(checkpoint.lsn()).stream()
                .map(slot -> slot.volume().toString())
                .collect(Collectors.toSet());
        return journal
                .using(opened -> opened.checkpoints.machines().at(checkpoint.ordinal()))
                .getMachinesList()
                .stream()
                .map(MachineMapper::machine)
                .filter(machine -> machine.disks().stream().anyMatch(disk -> volumes.contains(disk.volumeId())))
                .toList();
    }

    /** Marks a checkpoint HELD, durably. Holding again changes nothing. */
    public void hold(CheckpointId id) {
        synchronized (journal.markLock()) {
            Checkpoint checkpoint = require(id);
            journal.held().add(checkpoint);
            store(checkpoint.withMarks(checkpoint.marks().withHeld(true)));
        }
    }

    /** Takes the mark away. Releasing what is not held changes nothing. */
    public void release(CheckpointId id) {
        synchronized (journal.markLock()) {
            Checkpoint checkpoint = require(id);
            store(checkpoint.withMarks(checkpoint.marks().withHeld(false)));
            journal.held().remove(id);
        }
    }

    /**
     * Adds, replaces or removes a mark, durably.
     *
     * @param evidence what it rests on; empty removes the mark
     * @return the checkpoint as it is now
     * @throws HoldfastException {@code CHECKPOINT_NOT_FOUND} or {@code CHECKPOINT_EXPIRED}
     */
    public Checkpoint mark(CheckpointId id, CheckpointMarks.Kind kind, Optional<CheckpointMarks.Evidence> evidence) {
        synchronized (journal.markLock()) {
            Checkpoint checkpoint = require(id);
            Checkpoint marked = checkpoint.withMarks(checkpoint.marks().with(kind, evidence));
            store(marked);
            return marked;
        }
    }

    /**
     * Stores the marks that these checkpoints carry, all at once and durably.
     *
     * @param marked as they shall be
     * @return those that were still there
     */
    List<Checkpoint> markAll(List<Checkpoint> marked) {
        if (marked.isEmpty()) {
            return List.of();
        }
        synchronized (journal.markLock()) {
            List<Checkpoint> present = journal.using(opened -> {
                try (WriteBatch batch = new WriteBatch()) {
                    List<Checkpoint> now = new ArrayList<>();
                    for (Checkpoint checkpoint : marked) {
                        Optional<Checkpoint> stored = opened.checkpoints.at(checkpoint.ordinal());
                        if (stored.isPresent()) {
                            // HELD may have changed meanwhile.
                            CheckpointMarks marks =
                                    checkpoint.marks().withHeld(stored.get().held());
                            now.add(checkpoint.withMarks(marks));
                            CheckpointTable.stage(batch, opened.db, now.getLast());
                        }
                    }
                    opened.db.write(batch);
                    return now;
                } catch (RocksDBException failure) {
                    throw StorageFailures.translate("marking checkpoints", failure);
                }
            });
            journal.faults().reached(FaultPlaces.MARK_STORED);
            journal.flush();
            return present;
        }
    }

    private void store(Checkpoint checkpoint) {
        journal.using(opened -> {
            try (WriteBatch batch = new WriteBatch()) {
                CheckpointTable.stage(batch, opened.db, checkpoint);
                opened.db.write(batch);
            } catch (RocksDBException failure) {
                throw StorageFailures.translate("marking a checkpoint", failure);
            }
            return null;
        });
        journal.faults().reached(FaultPlaces.MARK_STORED);
        journal.flush();
    }
}
