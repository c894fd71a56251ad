package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.nbd.Extent;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.stream.StreamVolume;
import io.holdfast.replicationagent.stream.SyncSteps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** What becomes of one run of dirty regions whose range lock the caller holds. For one use. */
final class LockedRun {
    private final SyncSteps sync;
    private final StreamVolume member;
    private final Volume volume;
    private final Comparison comparison;
    private final Optional<HashWindow> window;
    private final ByteBuffer buffer;
    private long sentBytes;

    /** @param window covers the run; empty = nothing is known of the replica */
    LockedRun(
            SyncSteps sync,
            StreamVolume member,
            Comparison comparison,
            Optional<HashWindow> window,
            ByteBuffer buffer) {
        this.sync = sync;
        this.member = member;
        this.volume = member.volume();
        this.comparison = comparison;
        this.window = window;
        this.buffer = buffer;
    }

    /** What was appended: payloads, and something for each record. */
    long sentBytes() {
        return sentBytes;
    }

    /** @return bytes from {@code offset} on that are no longer dirty */
    long take(long offset, long length) throws IOException {
        long hole = holeAt(volume, offset, length);
        return hole > 0 ? takeHole(offset, hole) : takeData(offset, length);
    }

    /** The front of a hole: as much of it as is alike in the replica. */
    private long takeHole(long offset, long length) {
        RegionSet dirty = volume.dirty();
        int first = dirty.regionOf(offset);
        int last = dirty.regionOf(offset + length - 1);
        boolean equal = isZeroThere(first);
        int end = first + 1;
        while (end <= last && isZeroThere(end) == equal) {
            end++;
        }
        long bytes = dirty.endOf(end - 1) - offset;
        boolean taken = equal
                ? sync.takeEqual(member, comparison.base(), offset, bytes)
                : append(offset, bytes, List.of(new Zero(member.id(), offset, (int) bytes, Changes.nowMicros(), true)));
        return taken ? bytes : 0;
    }

    private long takeData(long offset, long length) throws IOException {
        int bytes = (int) Math.min(VolumeCopier.MAX_COPY_BYTES, length);
        ByteBuffer read = buffer.clear().limit(bytes);
        volume.disk().read(offset, read);
        read.flip();
        RegionSet dirty = volume.dirty();
        int done = 0;
        while (done < bytes) {
            boolean equal = isEqualThere(offset, read, done);
            int end = endOfRegion(dirty, offset, done, bytes);
            while (end < bytes && isEqualThere(offset, read, end) == equal) {
                end = endOfRegion(dirty, offset, end, bytes);
            }
            if (!takeRead(offset + done, read.slice(done, end - done), equal)) {
                break;
            }
            done = end;
        }
        return done;
    }

    private static int endOfRegion(RegionSet dirty, long offset, int at, int limit) {
        return (int) Math.min(limit, dirty.endOf(dirty.regionOf(offset + at)) - offset);
    }

    private boolean takeRead(long offset, ByteBuffer bytes, boolean equal) {
        return equal
                ? sync.takeEqual(member, comparison.base(), offset, bytes.remaining())
                : append(
                        offset,
                        bytes.remaining(),
                        RegionReader.changesOf(member.id(), offset, bytes, this::needsNoZero, Changes.nowMicros()));
    }

    private boolean append(long offset, long length, List<Change> changes) {
        if (!sync.appendCopy(member, offset, length, changes)) {
            return false;
        }
        for (Change change : changes) {
            sentBytes += CopyPace.RECORD_BYTES + (change instanceof Data data ? data.length() : 0);
        }
        return true;
    }

    private boolean needsNoZero(long offset) {
        return isZeroThere(volume.dirty().regionOf(offset));
    }

    private boolean isZeroThere(int region) {
        return window.isPresent() && window.get().isZero(region) && isUntouched(region);
    }

    private boolean isEqualThere(long offset, ByteBuffer read, int at) {
        RegionSet dirty = volume.dirty();
        int region = dirty.regionOf(offset + at);
        int end = endOfRegion(dirty, offset, at, read.limit());
        return window.isPresent() && isUntouched(region) && window.get().holds(region, read.slice(at, end - at));
    }

    private boolean isUntouched(int region) {
        return sync.isUntouched(member, volume.dirty().offsetOf(region), 1);
    }

    /** Whole regions (or up to the volume's end) that read as zeroes for sure from {@code offset} on; 0 = none. */
    static long holeAt(Volume volume, long offset, long length) throws IOException {
        Extent first = volume.disk().extents(offset, length, 1).getFirst();
        if (!first.readsAsZeroes()) {
            return 0;
        }
        long zeroes = Math.min(first.length(), length);
        return offset + zeroes == volume.size() ? zeroes : zeroes & -(long) RegionSet.SYNC_REGION_BYTES;
    }
}
