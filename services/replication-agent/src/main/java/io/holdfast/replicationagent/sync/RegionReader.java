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

/** Turns bytes that a sync read from the disk into as few changes as possible: runs of data, runs of zeroes. Stateless. */
final class RegionReader {
    private RegionReader() {}

    /** What is known of the replica. */
    interface Known {
        /**
         * Whether the replica has this block.
         *
         * @param offset on the volume
         * @param zero whether the block is all zeroes
         */
        boolean has(long offset, ByteBuffer block, boolean zero);
    }

    private enum Run {
        DATA,
        ZERO,
        SKIPPED
    }

    /**
     * @param bytes what the disk holds from {@code offset} on, whole blocks; the changes refer to its memory
     * @param replica what it has is left out
     */
    static List<Change> changesOf(VolumeId volume, long offset, ByteBuffer bytes, Known replica, long micros) {
        List<Change> changes = new ArrayList<>();
        int length = bytes.remaining();
        Run run = Run.SKIPPED;
        int runStart = 0;
        for (int at = 0; at < length; at += Block.SIZE_BYTES) {
            Run here = runOf(offset + at, bytes.slice(at, Block.SIZE_BYTES), replica);
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

    private static Run runOf(long offset, ByteBuffer block, Known replica) {
        boolean zero = ZeroScan.isZero(block, 0);
        if (replica.has(offset, block, zero)) {
            return Run.SKIPPED;
        }
        return zero ? Run.ZERO : Run.DATA;
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
                // The replica has it.
            }
        }
    }
}
