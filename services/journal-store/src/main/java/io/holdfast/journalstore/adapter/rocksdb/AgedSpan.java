package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.ApplyState;
import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.HistoryChain;
import io.holdfast.kernel.Block;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Consecutive changes that one ageing round has read: enough to delete them, and the chain at their end. About 28 bytes for each change, so a
 * round of 128 MiB takes at most 56 MiB here, and 1 MiB with changes of 4 KiB.
 */
final class AgedSpan {
    private final HistoryChain chain;
    private final long after;
    private long last;
    private int count;
    private long bytes;
    private boolean chained = true;
    private long[] lsns = new long[1024];
    private long[] offsets = new long[1024];
    private int[] lengths = new int[1024];
    private int[] volumesAndTypes = new int[1024];

    /**
     * @param after LSN before the first change
     * @param anchor the chain at {@code after}, or behind it where the chain begins later
     */
    AgedSpan(long after, ChainPlace anchor) {
        this.after = after;
        last = after;
        chain = new HistoryChain(anchor);
    }

    /** Takes the next part. */
    void add(long lsn, int part, PartHeader header, ByteBuffer value) {
        if (chained) {
            chain.add(lsn, value);
        }
        if (part == 0 && header.isChange()) {
            long counted = header.type() == PartHeader.DATA ? header.length() : 0;
            note(lsn, header.volume(), header.type(), header.offset(), header.length());
            bytes += ApplyState.CHANGE_OVERHEAD_BYTES + counted;
        }
    }

    /** A change, or the rest of one, that cannot be read. Its entries may be of either kind. */
    void addLost(long lsn, List<Finding> blocks) {
        chained = false;
        boolean begun = count > 0 && lsns[count - 1] == lsn;
        for (Finding finding : blocks) {
            long offset = Block.offsetOf(finding.block());
            int length = finding.blocks() * Block.SIZE_BYTES;
            note(lsn, finding.volumeIndex(), PartHeader.DATA, offset, length);
            note(lsn, finding.volumeIndex(), PartHeader.ZERO, offset, length);
            bytes += begun ? 0 : ApplyState.CHANGE_OVERHEAD_BYTES + length;
        }
    }

    private void note(long lsn, int volume, int type, long offset, int length) {
        if (count == lsns.length) {
            int size = count * 2;
            lsns = Arrays.copyOf(lsns, size);
            offsets = Arrays.copyOf(offsets, size);
            lengths = Arrays.copyOf(lengths, size);
            volumesAndTypes = Arrays.copyOf(volumesAndTypes, size);
        }
        lsns[count] = lsn;
        offsets[count] = offset;
        lengths[count] = length;
        volumesAndTypes[count] = volume << 8 | type;
        count++;
    }

    /** Nothing more comes up to {@code lsn}. */
    AgedSpan endingAt(long lsn) {
        last = lsn;
        return this;
    }

    boolean covers(long from, long to) {
        return after == from && last == to;
    }

    int changes() {
        return count;
    }

    /** What the changes count against the size limit. */
    long bytes() {
        return bytes;
    }

    /** Whether every change is in the chain. */
    boolean isChained() {
        return chained;
    }

    ChainPlace place() {
        return chain.place();
    }

    long lsn(int i) {
        return lsns[i];
    }

    long offset(int i) {
        return offsets[i];
    }

    int length(int i) {
        return lengths[i];
    }

    int volume(int i) {
        return volumesAndTypes[i] >>> 8;
    }

    boolean isData(int i) {
        return (volumesAndTypes[i] & 0xFF) == PartHeader.DATA;
    }
}
