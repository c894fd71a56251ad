package io.holdfast.replicationagent.capture;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * A served disk with everything that capture knows of it.
 *
 * <p><b>The invariant</b> that all of sync rests on: for every 64 KiB region, at any time when no thread holds the range lock over it, the region is in
 * {@link #dirty}, or the replica has the disk's contents once everything appended to the stream so far is applied.
 *
 * <p>Threads: {@link #attachSink} and {@link #detachSink} by one thread at a time; everything else by any.
 */
public final class Volume {
    private final VolumeId id;
    private final BlockDevice disk;
    private final RangeLock locks = new RangeLock();
    private final RegionSet dirty;
    private final LongAdder capturedBytes = new LongAdder();
    private volatile WriteIntentMap intent;
    private volatile WriteSink sink;

    /** @param disk the local backing, below any filter; its size is a multiple of the block size */
    public Volume(VolumeId id, BlockDevice disk) {
        this.id = id;
        this.disk = disk;
        this.dirty = new RegionSet(disk.size(), RegionSet.SYNC_REGION_BYTES);
        // Nothing is known of any replica yet. A start with a valid write-intent map narrows this down.
        this.dirty.addAll();
    }

    public VolumeId id() {
        return id;
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
            dirty.addAll();
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

    /** Whether somebody has to be told of a write to this range; not while all of it waits to be read anyway. */
    boolean needsCapture(long offset, long length) {
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
