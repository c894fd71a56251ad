package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Reads a volume as of an LSN: the newest index entry at or before it, else the replica image (docs/journal-recovery.md). Works in windows of 1
 * MiB: one pass over the index per window, each part of a change once ({@link ChangeParts}), one read per run of image blocks.
 *
 * <p>Safe for any number of threads; each call borrows a {@link Scratch}. The caller keeps the database open and holds a lease on the LSN.
 */
final class AsOfReader {
    /** Where a block's bytes are. */
    private static final int IN_IMAGE = 0;

    private static final int IN_ZEROES = 1;
    private static final int IN_CHANGE = 2;

    /** After this many older versions of one block it is cheaper to seek. */
    private static final int STEPS_BEFORE_SEEK = 2;

    private final JournalDb db;
    private final LongSupplier imageLsn;
    private final long floor;

    /**
     * @param imageLsn what the images hold now; only grows
     * @param floor entries up to here are not looked at: the images answer for them, or they belong to another lineage
     */
    AsOfReader(JournalDb db, LongSupplier imageLsn, long floor) {
        this.db = db;
        this.imageLsn = imageLsn;
        this.floor = floor;
    }

    /** Reads from a replica image. */
    interface Image {
        void read(long offset, ByteBuffer dst) throws IOException;
    }

    /** Buffers of one call at a time. */
    static final class Scratch {
        final int[] source = new int[Layout.WIDE_BLOCKS];
        final long[] lsn = new long[Layout.WIDE_BLOCKS];
        final int[] place = new int[Layout.WIDE_BLOCKS];
        final ByteBuffer key = ByteBuffer.allocateDirect(Layout.INDEX_KEY_BYTES);
        final ByteBuffer found = ByteBuffer.allocateDirect(Layout.INDEX_KEY_BYTES);
        final ByteBuffer entry = ByteBuffer.allocateDirect(1);
        final ChangeParts parts = new ChangeParts();
    }

    /**
     * Fills {@code dst}, whole blocks from {@code firstBlock} on.
     *
     * @throws HoldfastException {@code JOURNAL_DAMAGED} naming the LSN and block whose bytes are not what was stored
     */
    void read(int volume, long firstBlock, ByteBuffer dst, long asOf, Image image, Scratch scratch) throws IOException {
        long block = firstBlock;
        while (dst.hasRemaining()) {
            int count = windowBlocks(block, dst.remaining() / Block.SIZE_BYTES);
            resolve(volume, block, count, asOf, scratch);
            fetch(volume, block, count, dst, image, scratch);
            block += count;
        }
    }

    private static int windowBlocks(long block, long wanted) {
        return (int) Math.min(wanted, Layout.WIDE_BLOCKS - block % Layout.WIDE_BLOCKS);
    }

    /** What {@link #extents} says about a run of blocks. */
    interface RunVisitor {
        /** @return false to stop */
        boolean run(long firstBlock, long blocks, boolean fromImage, boolean zeroes);
    }

    /** Tells where the blocks come from, in order, window by window. */
    void runs(int volume, long firstBlock, long blocks, long asOf, Scratch scratch, RunVisitor visitor) {
        long block = firstBlock;
        long end = firstBlock + blocks;
        while (block < end) {
            int count = windowBlocks(block, end - block);
            resolve(volume, block, count, asOf, scratch);
            for (int i = 0; i < count; ) {
                int from = i;
                while (i < count && scratch.source[i] == scratch.source[from]) {
                    i++;
                }
                boolean zeroes = scratch.source[from] == IN_ZEROES;
                if (!visitor.run(block + from, i - from, scratch.source[from] == IN_IMAGE, zeroes)) {
                    return;
                }
            }
            block += count;
        }
    }

    /** Finds the source of {@code count} blocks of one 1 MiB unit. */
    private void resolve(int volume, long first, int count, long asOf, Scratch scratch) {
        long wide = newestWide(volume, first / Layout.WIDE_BLOCKS, asOf, scratch);
        for (int i = 0; i < count; i++) {
            scratch.source[i] = wide > 0 ? IN_ZEROES : IN_IMAGE;
            scratch.lsn[i] = wide;
        }
        try (Slice bound = new Slice(Layout.indexBound(volume, Layout.LEVEL_BLOCK, first + count));
                ReadOptions options = new ReadOptions().setIterateUpperBound(bound);
                RocksIterator at = iterator(options, count == 1)) {
            Layout.indexKey(scratch.key, volume, Layout.LEVEL_BLOCK, first, asOf);
            at.seek(scratch.key);
            while (at.isValid()) {
                scratch.found.clear();
                at.key(scratch.found);
                long block = Layout.unitOf(scratch.found);
                long lsn = Layout.lsnOf(scratch.found);
                if (block - first >= count) {
                    break;
                }
                if (lsn > asOf) {
                    Layout.indexKey(scratch.key, volume, Layout.LEVEL_BLOCK, block, asOf);
                    at.seek(scratch.key);
                    continue;
                }
                take((int) (block - first), lsn, at, scratch);
                toNextBlock(at, volume, block, asOf, scratch);
            }
            JournalDb.requireSound(at);
        }
    }

    private RocksIterator iterator(ReadOptions options, boolean oneUnit) {
        // The filter on units only helps when nothing beyond the unit is asked for.
        options.setTotalOrderSeek(!oneUnit).setPrefixSameAsStart(oneUnit);
        return db.rocks().newIterator(db.index(), options);
    }

    private void take(int i, long lsn, RocksIterator at, Scratch scratch) {
        if (lsn < scratch.lsn[i] || lsn <= floor) {
            return;
        }
        scratch.entry.clear();
        int size = at.value(scratch.entry);
        scratch.lsn[i] = lsn;
        scratch.source[i] = size == 0 ? IN_ZEROES : IN_CHANGE;
        scratch.place[i] = size == 0 ? 0 : Byte.toUnsignedInt(scratch.entry.get(0));
    }

    private void toNextBlock(RocksIterator at, int volume, long block, long asOf, Scratch scratch) {
        for (int step = 0; step < STEPS_BEFORE_SEEK; step++) {
            at.next();
            if (!at.isValid()) {
                return;
            }
            scratch.found.clear();
            at.key(scratch.found);
            if (Layout.unitOf(scratch.found) != block) {
                return;
            }
        }
        Layout.indexKey(scratch.key, volume, Layout.LEVEL_BLOCK, block + 1, asOf);
        at.seek(scratch.key);
    }

    private long newestWide(int volume, long unit, long asOf, Scratch scratch) {
        try (Slice bound = new Slice(Layout.indexBound(volume, Layout.LEVEL_WIDE, unit + 1));
                ReadOptions options = new ReadOptions().setIterateUpperBound(bound);
                RocksIterator at = iterator(options, true)) {
            Layout.indexKey(scratch.key, volume, Layout.LEVEL_WIDE, unit, asOf);
            at.seek(scratch.key);
            if (!at.isValid()) {
                JournalDb.requireSound(at);
                return 0;
            }
            scratch.found.clear();
            at.key(scratch.found);
            long lsn = Layout.unitOf(scratch.found) == unit ? Layout.lsnOf(scratch.found) : 0;
            return lsn > floor ? lsn : 0;
        }
    }

    private void fetch(int volume, long first, int count, ByteBuffer dst, Image image, Scratch scratch)
            throws IOException {
        ChangeParts parts = scratch.parts;
        parts.begin(new ChangeParts.Window(db, imageLsn, volume, first, dst.slice(), image));
        for (int i = 0; i < count; ) {
            int from = i++;
            switch (scratch.source[from]) {
                case IN_CHANGE -> {
                    while (i < count && continuesPart(scratch, i)) {
                        i++;
                    }
                    parts.want(from, i - from, scratch.lsn[from], scratch.place[from]);
                }
                case IN_ZEROES -> {
                    while (i < count && scratch.source[i] == IN_ZEROES) {
                        i++;
                    }
                    parts.zeroes(from, i - from);
                }
                default -> {
                    while (i < count && scratch.source[i] == IN_IMAGE) {
                        i++;
                    }
                    parts.fromImage(from, i - from);
                }
            }
        }
        parts.end();
        dst.position(dst.position() + count * Block.SIZE_BYTES);
    }

    private static boolean continuesPart(Scratch scratch, int i) {
        int blocksPerPart = Layout.PART_BYTES / Block.SIZE_BYTES;
        return scratch.source[i] == IN_CHANGE
                && scratch.lsn[i] == scratch.lsn[i - 1]
                && scratch.place[i] == scratch.place[i - 1] + 1
                && scratch.place[i] / blocksPerPart == scratch.place[i - 1] / blocksPerPart;
    }
}
