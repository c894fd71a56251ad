package io.holdfast.replicationagent.capture;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A served disk with everything that capture knows of it.
 *
 * <p><b>The invariant</b> that all of sync rests on: for every 64 KiB region, at any time when no thread holds the range lock over it, the region is in
 * {@link #dirty}, or the replica has the disk's contents once everything appended to the stream so far is applied.
 *
 * <p><b>Live volumes</b> are those whose guest writes past the agent ({@link LiveSource}). They can be <em>interrupted</em>: writes may be missed, so every region
 * counts as different and nothing is read, until {@link #resume} says what was missed. What arrives meanwhile is noted apart.
 *
 * <p>Threads: {@link #attachSink} and {@link #detachSink} by one thread at a time; everything else by any.
 */
public final class Volume {
    private final VolumeId id;
    private final BlockDevice disk;
    private final RangeLock locks;
    private final RegionSet dirty;
    private final LongAdder capturedBytes = new LongAdder();
    private final AtomicLong flushesBegun = new AtomicLong();
    private final AtomicLong newestFlush = new AtomicLong();
    private final LiveSource source;
    private volatile WriteIntentMap intent;
    private volatile WriteSink sink;
    /** While interrupted: regions that differ whatever the machine says of the interruption. Else null. Changes with all locks held. */
    private volatile RegionSet surelyDirty;

    private long interruptions;
    /** Of a tap that sees every write; else null. Changes with all locks held. */
    private volatile TapCapture capture;
    /** 0 = the disk is followed write by write. Else the instant of which the replica is a copy when it is in sync. */
    private volatile long asOfMicros;

    /** @param disk the local backing, below any filter; its size is a multiple of the block size */
    public Volume(VolumeId id, BlockDevice disk) {
        this(id, disk, LiveSource.NONE);
    }

    private Volume(VolumeId id, BlockDevice disk, LiveSource source) {
        this.id = id;
        this.disk = disk;
        this.source = source;
        this.locks = new RangeLock(disk.size());
        this.dirty = new RegionSet(disk.size(), RegionSet.SYNC_REGION_BYTES);
        // Nothing is known of any replica yet. A start with a valid write-intent map narrows this down.
        this.dirty.addAll();
    }

    /** A volume whose guest writes past the agent; it begins interrupted, for the first time. */
    public static Volume live(VolumeId id, BlockDevice disk, LiveSource source) {
        Volume volume = new Volume(id, disk, source);
        volume.surelyDirty = new RegionSet(disk.size(), RegionSet.SYNC_REGION_BYTES);
        volume.interruptions = 1;
        return volume;
    }

    public VolumeId id() {
        return id;
    }

    public LiveSource source() {
        return source;
    }

    /** Whether the guest writes past the agent. Such a volume has no write-intent map: the machine keeps its own. */
    public boolean isLive() {
        return source != LiveSource.NONE;
    }

    /** The instant that the volume's states in sync are as of, in the agent's clock; 0 = the instant at which one asks. */
    public long asOfMicros() {
        return asOfMicros;
    }

    /** While interrupted: what is read from now on is the disk as it was at this instant. */
    public void readAsOf(long micros) {
        asOfMicros = micros;
    }

    /** Whether the volume is in a stream. */
    public boolean isReplicated() {
        return sink != null;
    }

    /** Whether writes may be missed at present. */
    public boolean isInterrupted() {
        return surelyDirty != null;
    }

    /**
     * Writes may be missed from now on, or may have been just now. Waits for writes that are being taken.
     *
     * @return the number to {@link #resume} with
     */
    public long interrupt() {
        locks.lockAll();
        try {
            capture = null;
            if (surelyDirty == null) {
                RegionSet before = dirty.copy();
                WriteSink current = sink;
                Runnable step = () -> {
                    dirty.addAll();
                    surelyDirty = before;
                };
                if (current == null) {
                    step.run();
                } else {
                    current.interrupted(step);
                }
            }
            return ++interruptions;
        } finally {
            locks.unlockAll();
        }
    }

    /**
     * Nothing is missed any more.
     *
     * @param interruption what the last {@link #interrupt} said, or 1; an older number changes nothing
     * @param missed what may have been missed, in regions of any size; empty = unknown, so every region stays dirty
     * @return whether the volume goes on
     */
    public boolean resume(long interruption, Optional<RegionSet> missed) {
        locks.lockAll();
        try {
            RegionSet sure = surelyDirty;
            if (sure == null || interruption != interruptions) {
                return false;
            }
            Runnable step = () -> {
                if (missed.isPresent()) {
                    missed.get().forEachRun(sure::add);
                    dirty.replaceWith(sure);
                }
                surelyDirty = null;
            };
            WriteSink current = sink;
            if (current == null) {
                step.run();
            } else {
                current.resumed(step, missed.isPresent());
            }
            return true;
        } finally {
            locks.unlockAll();
        }
    }

    /** The time in which a tap has seen every write; empty while there is none. Does not change for a holder of any range lock. */
    public Optional<TapCapture> capture() {
        return Optional.ofNullable(capture);
    }

    /** With all locks held. */
    void beginCapture(TapCapture begun) {
        capture = begun;
    }

    /** With all locks held; does nothing when another has begun. */
    void endCapture(TapCapture over) {
        if (capture == over) {
            capture = null;
        }
    }

    /** Every region differs, as far as anybody knows. */
    public void everythingDiffers() {
        dirty.addAll();
        RegionSet sure = surelyDirty;
        if (sure != null) {
            sure.addAll();
        }
    }

    public BlockDevice disk() {
        return disk;
    }

    public long size() {
        return disk.size();
    }

    public RangeLock locks() {
        return locks;
    }

    /** Regions that have to be sent. */
    public RegionSet dirty() {
        return dirty;
    }

    /** The persistent map, or null while no replica depends on it. */
    public WriteIntentMap intent() {
        return intent;
    }

    /**
     * Makes everything written so far durable.
     *
     * @throws IOException when the disk cannot; nothing is durable that was not before
     */
    public void flush() throws IOException {
        long number = flushesBegun.incrementAndGet();
        disk.flush();
        newestFlush.accumulateAndGet(number, Math::max);
    }

    /** A moment, for {@link #isDurableUpTo}. */
    public long flushesBegun() {
        return flushesBegun.get();
    }

    /** Whether every write that had returned at that moment is durable: a flush that began later has succeeded. */
    public boolean isDurableUpTo(long flushesBegunThen) {
        return newestFlush.get() > flushesBegunThen;
    }

    /** Bytes that guests wrote, zeroed or discarded since the start. */
    public long capturedBytes() {
        return capturedBytes.sum();
    }

    /** Writes are marked in the map from now on. Waits for writes in flight. */
    public void track(WriteIntentMap map) {
        locks.lockAll();
        try {
            intent = map;
        } finally {
            locks.unlockAll();
        }
    }

    /** Changes go to the sink from now on; a write in flight goes either wholly before or wholly after. */
    public void attachSink(WriteSink newSink) {
        locks.lockAll();
        try {
            sink = newSink;
        } finally {
            locks.unlockAll();
        }
    }

    /** Nothing is captured from now on; every region counts as different, and no map is kept. */
    public void detachSink() {
        locks.lockAll();
        try {
            sink = null;
            intent = null;
            everythingDiffers();
        } finally {
            locks.unlockAll();
        }
    }

    /** To be called before the disk is changed; returns when the range is marked on stable storage, if it has to be. */
    void beforeWrite(long offset, long length) throws IOException {
        WriteIntentMap map = intent;
        if (map != null) {
            map.mark(offset, length);
        }
    }

    /** A place of the stream at which the replica will equal the disk; empty while there is none. */
    public Optional<ReplicaMark> replicaMark() {
        WriteSink current = sink;
        return current == null || isInterrupted() ? Optional.empty() : current.mark();
    }

    /** Whether the replica holds everything up to the mark, durably. */
    public boolean replicaHolds(ReplicaMark mark) {
        WriteSink current = sink;
        return current != null && current.holds(mark);
    }

    /** Whether somebody has to be told of a write to this range; not while all of it waits to be read anyway. */
    boolean needsCapture(long offset, long length) {
        RegionSet sure = surelyDirty;
        if (sure != null) {
            sure.add(offset, length);
        }
        return !dirty.containsAll(offset, length);
    }

    void written(long offset, long length, List<Change> changes) {
        WriteSink current = sink;
        if (current == null) {
            dirty.add(offset, length);
        } else {
            current.written(offset, length, changes);
        }
    }

    void writeFailed(long offset, long length) {
        WriteSink current = sink;
        if (current == null) {
            dirty.add(offset, length);
        } else {
            current.damaged(offset, length);
        }
    }

    /** To be called when a write is done, before its guest is told; with no lock held. */
    void completing() {
        WriteSink current = sink;
        if (current != null) {
            current.completing();
        }
    }

    void count(long bytes) {
        capturedBytes.add(bytes);
    }
}
