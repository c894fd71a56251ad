package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.seeding.KeptDisk;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The old disks that a journal keeps (docs/commit-protocol.md, "Kept disks"): at most one of each volume, because a volume is seeded before its first sync. Whoever
 * writes a replica image saves here first what it holds. Safe for any number of threads.
 */
public final class KeptDisks implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(KeptDisks.class.getName());

    private final KeptFolder folder;
    private final FaultPoints faults;
    private final Map<Integer, KeptVolume> byVolume = new TreeMap<>();
    /** Who reads a branch; its one point is {@link Lsn#NONE}. */
    private final Map<String, Leases> readers = new HashMap<>();

    KeptDisks(JournalFiles files, Images images, boolean readOnly, FaultPoints faults) {
        this.faults = faults;
        folder = new KeptFolder(files, images, readOnly);
        folder.list().forEach(disk -> byVolume.put(disk.volumeIndex(), folder.open(disk)));
        folder.clean(byVolume.keySet());
    }

    /** A kept disk as others see it. */
    public record Shown(KeptDisk disk, long savedBytes) {}

    /** Sorted by branch. */
    public synchronized List<Shown> all() {
        return byVolume.values().stream()
                .map(one -> new Shown(one.disk(), one.savedBytes()))
                .sorted(Comparator.comparing((Shown one) -> one.disk().branch())
                        .thenComparing(one -> one.disk().volumeIndex()))
                .toList();
    }

    /** Kept beside replicas and history. */
    public synchronized long savedBytes() {
        return byVolume.values().stream().mapToLong(KeptVolume::savedBytes).sum();
    }

    public synchronized boolean has(String branch) {
        return byVolume.values().stream().anyMatch(one -> one.disk().branch().equals(branch));
    }

    /** @throws HoldfastException {@code BRANCH_RETAINED} while what the volume was seeded with before is kept */
    synchronized void requireNone(VolumeSlot slot) {
        KeptVolume before = byVolume.get(slot.index());
        if (before != null) {
            throw new HoldfastException(
                    JournalError.BRANCH_RETAINED,
                    "branch '%s' keeps what volume %s was seeded with before; release it first"
                            .formatted(before.disk().branch(), slot.volume()));
        }
    }

    /** Keeps from now on what the replica is about to hold. Durable. */
    synchronized void add(KeptDisk disk) {
        byVolume.put(disk.volumeIndex(), folder.create(disk));
        try {
            store();
        } catch (RuntimeException notStored) {
            closeQuietly(byVolume.remove(disk.volumeIndex()));
            throw notStored;
        }
        faults.reached(FaultPlaces.KEPT_NOTED);
    }

    /** Imports that failed have put nothing in a replica's place: nothing of them is kept. */
    public synchronized void giveUp(Set<UUID> failedSeeds) {
        end(disk -> failedSeeds.contains(disk.seed()));
    }

    /**
     * Gives a branch up.
     *
     * @throws HoldfastException {@code BRANCH_NOT_FOUND} or {@code HISTORY_IN_USE}
     */
    public synchronized void release(String branch) {
        if (!has(branch)) {
            throw notFound(branch);
        }
        if (isRead(branch)) {
            throw new HoldfastException(
                    JournalError.HISTORY_IN_USE,
                    "branch '%s' is read by an open view; end that use first".formatted(branch));
        }
        end(disk -> disk.branch().equals(branch));
    }

    /** Gives up what has been kept for its time and is not being read. */
    synchronized void expire(Instant now) {
        end(disk -> disk.until().isBefore(now) && !isRead(disk.branch()));
    }

    private static HoldfastException notFound(String branch) {
        return new HoldfastException(
                JournalError.BRANCH_NOT_FOUND, "the journal keeps no old disk as branch '%s'".formatted(branch));
    }

    private boolean isRead(String branch) {
        return Optional.ofNullable(readers.get(branch)).flatMap(Leases::lowest).isPresent();
    }

    private void end(Predicate<KeptDisk> which) {
        Map<Integer, KeptVolume> ended = new TreeMap<>(byVolume);
        ended.values().removeIf(one -> !which.test(one.disk()));
        if (ended.isEmpty()) {
            return;
        }
        byVolume.keySet().removeAll(ended.keySet());
        try {
            store();
        } catch (RuntimeException notStored) {
            byVolume.putAll(ended);
            throw notStored;
        }
        faults.reached(FaultPlaces.KEPT_RELEASED);
        ended.values().forEach(this::closeQuietly);
        folder.clean(byVolume.keySet());
    }

    private void store() {
        folder.store(byVolume.values().stream().map(KeptVolume::disk).toList());
    }

    /**
     * Opens a branch of old disks; the caller closes it.
     *
     * @param inner must name its only state
     * @throws HoldfastException {@code BRANCH_NOT_FOUND} or {@code POINT_ON_BRANCH}
     */
    synchronized OpenPoint open(String branch, Point inner, Manifest manifest) {
        if (!(inner instanceof Point.Latest)) {
            throw new HoldfastException(
                    JournalError.POINT_ON_BRANCH,
                    "branch '%s' is an old disk: it has one state, and no points of time".formatted(branch));
        }
        List<VolumeSlot> slots = new ArrayList<>();
        Map<Integer, BaseImage> contents = new HashMap<>();
        for (KeptVolume one : byVolume.values()) {
            if (one.disk().branch().equals(branch)) {
                slots.add(manifest.volumes()
                        .get(one.disk().volumeIndex())
                        .ofSize(one.disk().sizeBytes()));
                contents.put(one.disk().volumeIndex(), one);
            }
        }
        if (slots.isEmpty()) {
            throw notFound(branch);
        }
        Leases.Lease lease = readers.computeIfAbsent(branch, _ -> new Leases(Lsn.NONE))
                .take(Lsn.NONE)
                .orElseThrow();
        return OpenPoint.ofKept(lease, slots, contents);
    }

    /** What has to be saved before this volume is overwritten by somebody else than ageing. */
    synchronized Optional<KeptVolume> of(int volumeIndex) {
        return Optional.ofNullable(byVolume.get(volumeIndex));
    }

    /**
     * Saves what the replica images hold where changes are about to be written to them. Durable.
     *
     * @param changes those that will be written; asked for only when something is kept
     */
    void saveBefore(Supplier<AgedSpan> changes) {
        Map<Integer, KeptVolume> kept;
        synchronized (this) {
            kept = Map.copyOf(byVolume);
        }
        if (kept.isEmpty()) {
            return;
        }
        AgedSpan span = changes.get();
        try {
            for (int i = 0; i < span.changes(); i++) {
                KeptVolume one = kept.get(span.volume(i));
                if (one != null) {
                    String damage = one.save(span.offset(i), span.length(i));
                    if (!damage.isEmpty()) {
                        lose(one, damage);
                    }
                }
            }
            for (KeptVolume one : kept.values()) {
                one.seal();
            }
        } catch (IOException failure) {
            throw StorageFailures.translate("saving what an old disk held", failure);
        }
        faults.reached(FaultPlaces.KEPT_SAVED);
    }

    /** The replica must go on; what it overwrites could not be read. */
    synchronized void lose(KeptVolume one, String damage) {
        LOG.log(
                System.Logger.Level.ERROR,
                "A kept disk is lost; branch=" + one.disk().branch() + " volume="
                        + one.disk().volume() + " reason=" + damage);
        one.damaged(one.disk().damaged(damage));
        store();
    }

    private void closeQuietly(KeptVolume one) {
        try {
            one.close();
        } catch (IOException ignored) {
            // What matters of it was forced before.
        }
    }

    @Override
    public synchronized void close() {
        byVolume.values().forEach(this::closeQuietly);
    }
}
