package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.nbd.Extent;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamVolume;
import io.holdfast.replicationagent.stream.SyncState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Brings one volume into sync, one step at a time:
 *
 * <ol>
 *   <li>take the next run of dirty regions; none left: complete the sync;
 *   <li>ask whether the ring has room, <em>before</em> any lock is taken: nobody ever waits for the network with a range locked;
 *   <li>lock the run, look whether it is a hole, else read the front of it;
 *   <li>append what was read and take the regions off the dirty set, both or neither; unlock.
 * </ol>
 *
 * <p>Threads: one at a time.
 */
public final class VolumeCopier {
    /** Most bytes read under one range lock: keeps a guest write to the same place waiting for one short read at most. */
    public static final int MAX_COPY_BYTES = 256 << 10;
    /** Most bytes of hole taken in one step; holes cost no reading. */
    private static final int MAX_HOLE_BYTES = 64 << 20;

    private final ByteBuffer buffer;
    private int cursor;

    /** @param buffer scratch of {@link #MAX_COPY_BYTES}, shared by the copiers of one thread */
    public VolumeCopier(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /** What a step did. */
    public enum Step {
        PROGRESS,
        /** The ring has no room, or the state does not allow it now. */
        WAITING,
        /** Nothing is to do. */
        IDLE
    }

    /** @throws IOException when the disk cannot be read; the regions stay dirty */
    public Step step(ReplicationStream stream, StreamVolume member) throws IOException {
        return switch (stream.sync().stateOf(member)) {
            case SyncState.Unsynced _, SyncState.Bitmap _ -> {
                cursor = 0;
                yield stream.sync().tryBegin(member) ? Step.PROGRESS : Step.WAITING;
            }
            case SyncState.Syncing _ -> copyOrComplete(stream, member);
            case SyncState.InSync _ -> Step.IDLE;
        };
    }

    private Step copyOrComplete(ReplicationStream stream, StreamVolume member) throws IOException {
        RegionSet dirty = member.volume().dirty();
        int first = dirty.next(cursor);
        if (first < 0) {
            first = dirty.next(0);
        }
        if (member.volume().isInterrupted()) {
            return Step.WAITING;
        }
        if (first < 0) {
            // What was read may be ahead of the stream; not any more behind this.
            member.volume().source().awaitWritesInFlight();
            return stream.sync().tryComplete(member) ? Step.PROGRESS : Step.WAITING;
        }
        if (!stream.sync().hasRoomForCopy(MAX_COPY_BYTES)) {
            return Step.WAITING;
        }
        Volume volume = member.volume();
        long offset = dirty.offsetOf(first);
        int regions = dirty.runLength(first, MAX_HOLE_BYTES / RegionSet.SYNC_REGION_BYTES);
        long run = dirty.endOf(first + regions - 1) - offset;
        volume.source().enterRead();
        try {
            return copyRun(stream, member, offset, run);
        } finally {
            volume.source().leaveRead();
        }
    }

    private Step copyRun(ReplicationStream stream, StreamVolume member, long offset, long run) throws IOException {
        Volume volume = member.volume();
        // Only a hint yet, as nothing is locked: it decides how much to lock, so that reads lock no more than they
        // read.
        long hole = holeAt(volume, offset, run);
        long length = hole > 0 ? hole : Math.min(run, MAX_COPY_BYTES);
        volume.locks().lock(offset, length);
        try {
            long copied = copy(stream, member, offset, length);
            cursor = volume.dirty().regionOf(offset + copied);
            return copied > 0 ? Step.PROGRESS : Step.WAITING;
        } finally {
            volume.locks().unlock(offset, length);
        }
    }

    /** @return bytes that are no longer dirty */
    private long copy(ReplicationStream stream, StreamVolume member, long offset, long length) throws IOException {
        Volume volume = member.volume();
        long micros = Changes.nowMicros();
        long hole = holeAt(volume, offset, length);
        if (hole > 0) {
            List<Change> changes = stream.sync().isUntouched(member, offset, hole)
                    ? List.of()
                    : List.of(new Zero(member.id(), offset, (int) hole, micros, true));
            return stream.sync().appendCopy(member, offset, hole, changes) ? hole : 0;
        }
        int bytes = (int) Math.min(MAX_COPY_BYTES, length);
        ByteBuffer read = buffer.clear().limit(bytes);
        volume.disk().read(offset, read);
        List<Change> changes = RegionReader.changesOf(
                member.id(), offset, read.flip(), at -> stream.sync().isUntouched(member, at, 1), micros);
        return stream.sync().appendCopy(member, offset, bytes, changes) ? bytes : 0;
    }

    /** Whole regions (or up to the volume's end) that read as zeroes for sure from {@code offset} on; 0 = none. */
    private static long holeAt(Volume volume, long offset, long length) throws IOException {
        Extent first = volume.disk().extents(offset, length, 1).getFirst();
        if (!first.readsAsZeroes()) {
            return 0;
        }
        long zeroes = Math.min(first.length(), length);
        return offset + zeroes == volume.size() ? zeroes : zeroes & -(long) RegionSet.SYNC_REGION_BYTES;
    }
}
