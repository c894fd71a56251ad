package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.capture.Changes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/** Turns bytes that a sync read from the disk into as few changes as possible: runs of data, runs of zeroes. Stateless. */
final class RegionReader {
    private RegionReader() {}

    private enum Run {
        DATA,
        ZERO,
        SKIPPED
    }

    /**
     * @param bytes what the disk holds from {@code offset} on, whole blocks; the changes refer to its memory
     * @param zeroesNeedNotBeSent tells by a block's offset on the volume
     */
    static List<Change> changesOf(
            VolumeId volume, long offset, ByteBuffer bytes, LongPredicate zeroesNeedNotBeSent, long micros) {
        List<Change> changes = new ArrayList<>();
        int length = bytes.remaining();
        Run run = Run.SKIPPED;
        int runStart = 0;
        for (int at = 0; at < length; at += Block.SIZE_BYTES) {
            Run here = ZeroScan.isZero(bytes, at)
                    ? zeroesNeedNotBeSent.test(offset + at) ? Run.SKIPPED : Run.ZERO
                    : Run.DATA;
            boolean full = here == Run.DATA && at - runStart == Changes.MAX_PAYLOAD_BYTES;
            if (here != run || full) {
                addRun(changes, volume, offset, bytes, run, runStart, at, micros);
                run = here;
                runStart = at;
            }
        }
        addRun(changes, volume, offset, bytes, run, runStart, length, micros);
        return changes;
    }

    private static void addRun(
            List<Change> changes,
            VolumeId volume,
            long offset,
            ByteBuffer bytes,
            Run run,
            int from,
            int to,
            long micros) {
        if (from == to) {
            return;
        }
        switch (run) {
            case DATA -> changes.add(Data.of(volume, offset + from, bytes.slice(from, to - from), micros, true));
            case ZERO -> changes.add(new Zero(volume, offset + from, to - from, micros, true));
            case SKIPPED -> {
                // The replica holds zeroes here since it was made.
            }
        }
    }
}
