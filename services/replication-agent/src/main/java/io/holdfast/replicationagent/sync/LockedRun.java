package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.Block;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What becomes of one run of dirty regions whose range lock the caller holds. For one use. */
final class LockedRun {
    private final SyncSteps sync;
    private final StreamVolume member;
    private final Volume volume;
    private final Optional<SyncComparison> comparison;
    private final Optional<HashWindow> window;
    private final ByteBuffer buffer;
    private long sentBytes;

    /** What becomes of a region. */
    private enum Verdict {
        /** The replica has it. */
        EQUAL,
        /** It differs, and is looked at again when it is known where. */
        LATER,
        /** It is sent, but for blocks that the replica has. */
        SEND
    }

    /**
     * @param comparison of the sync, if it compares
     * @param window covers the run; empty = nothing is known of the replica
     */
    LockedRun(
            SyncSteps sync,
            StreamVolume member,
            Optional<SyncComparison> comparison,
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

    /** @return bytes from {@code offset} on that are no longer dirty, or were put aside */
    long take(long offset, long length) throws IOException {
        long known = knownAt(offset, length);
        if (known > 0) {
            return sync.takeKnown(member, comparison.orElseThrow().base(), offset, known) ? known : 0;
        }
        long hole = holeAt(volume, offset, length);
        return hole > 0 ? takeHole(offset, hole) : takeData(offset, length);
    }

    /** The front of the run that is known to be equal without being read. */
    private long knownAt(long offset, long length) {
        RegionSet dirty = volume.dirty();
        int first = dirty.regionOf(offset);
        int last = dirty.regionOf(offset + length - 1);
        int end = first;
        while (end <= last && isKnown(end)) {
            end++;
        }
        return end == first ? 0 : dirty.endOf(end - 1) - offset;
    }

    private boolean isKnown(int region) {
        return window.isPresent() && window.get().isKnownEqual(region, volume.capture()) && isUntouched(region);
    }

    /** The front of a hole: as much of it as is alike in the replica. */
    private long takeHole(long offset, long length) {
        RegionSet dirty = volume.dirty();
        int first = dirty.regionOf(offset);
        int last = dirty.regionOf(offset + length - 1);
        boolean equal = isZeroThere(first);
        int end = first + 1;
        while (end <= last && isZeroThere(end) == equal && !isKnown(end)) {
            end++;
        }
        long bytes = dirty.endOf(end - 1) - offset;
        boolean taken = equal
                ? takeEqual(offset, bytes)
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
        Verdict verdict = verdictOf(offset, read, 0);
        while (done < bytes) {
            int end = endOfRegion(dirty, offset, done, bytes);
            Verdict next = verdict;
            while (end < bytes && next == verdict) {
                next = verdictOf(offset, read, end);
                end = next == verdict ? endOfRegion(dirty, offset, end, bytes) : end;
            }
            if (!takeRead(offset + done, read.slice(done, end - done), verdict)) {
                break;
            }
            done = end;
            verdict = next;
        }
        return done;
    }

    private Verdict verdictOf(long offset, ByteBuffer read, int at) {
        RegionSet dirty = volume.dirty();
        int region = dirty.regionOf(offset + at);
        if (window.isEmpty() || window.get().grain() == HashWindow.Grain.BLOCK || !isUntouched(region)) {
            return Verdict.SEND;
        }
        if (isKnown(region)) {
            return Verdict.EQUAL;
        }
        int end = endOfRegion(dirty, offset, at, read.limit());
        if (window.get().holds(region, read.slice(at, end - at))) {
            return Verdict.EQUAL;
        }
        // Of zeroes there is nothing more to know.
        return !window.get().isZero(region) && comparison.get().secondLook().putAside(region)
                ? Verdict.LATER
                : Verdict.SEND;
    }

    private static int endOfRegion(RegionSet dirty, long offset, int at, int limit) {
        return (int) Math.min(limit, dirty.endOf(dirty.regionOf(offset + at)) - offset);
    }

    private boolean takeRead(long offset, ByteBuffer bytes, Verdict verdict) {
        return switch (verdict) {
            case EQUAL -> takeEqual(offset, bytes.remaining());
            case LATER -> true;
            case SEND -> send(offset, bytes);
        };
    }

    private boolean takeEqual(long offset, long length) {
        return sync.takeEqual(member, comparison.orElseThrow().base(), offset, length);
    }

    private boolean send(long offset, ByteBuffer bytes) {
        KnownBlocks replica = new KnownBlocks();
        List<Change> changes = RegionReader.changesOf(member.id(), offset, bytes, replica, Changes.nowMicros());
        boolean sent = append(offset, bytes.remaining(), changes);
        if (sent) {
            comparison.ifPresent(of -> replica.tell(of.secondLook()));
        }
        return sent;
    }

    /** What a window tells of the blocks of some regions, and how many of them were equal. */
    private final class KnownBlocks implements RegionReader.Known {
        private final Map<Integer, int[]> equalOfLooked = new HashMap<>();
        private int region = -1;
        private boolean untouched;

        @Override
        public boolean has(long offset, ByteBuffer block, boolean zero) {
            if (window.isEmpty()) {
                return false;
            }
            RegionSet dirty = volume.dirty();
            int here = dirty.regionOf(offset);
            if (here != region) {
                // Of a whole region at once: with its lock held, only a reset can change it, and then nothing is
                // appended.
                region = here;
                untouched = isUntouched(here);
            }
            if (window.get().grain() == HashWindow.Grain.REGION) {
                return zero && untouched && window.get().isZero(here);
            }
            int blockOfRegion = (int) ((offset - dirty.offsetOf(here)) / Block.SIZE_BYTES);
            boolean equal = untouched && window.get().holdsBlock(here, blockOfRegion, block, zero);
            int[] counts = equalOfLooked.computeIfAbsent(here, _ -> new int[2]);
            counts[0] += equal ? 1 : 0;
            counts[1]++;
            return equal;
        }

        void tell(SecondLook look) {
            equalOfLooked.forEach((taken, counts) -> look.taken(taken, counts[1], counts[0]));
        }
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

    private boolean isZeroThere(int region) {
        return window.isPresent() && window.get().isZero(region) && isUntouched(region);
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
