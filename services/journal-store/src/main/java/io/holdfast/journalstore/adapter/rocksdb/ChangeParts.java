package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.rocksdb.RocksDBException;

/**
 * Brings the bytes of one window of an as-of read together. Each part of a change is read and checked once, however many runs of blocks it gives: later small
 * writes cut an older large one into many.
 *
 * <p>The parts are read one by one. RocksDB's MultiGet was tried for them and took a fifth more CPU time than the single gets (docs/performance.md).
 *
 * <p>Buffers of one call at a time, as {@link AsOfReader.Scratch} is.
 */
final class ChangeParts {
    /** Bounds the search for a part that is wanted already. */
    private static final int MAX_PARTS = 64;

    private static final int BLOCKS_PER_PART = Layout.PART_BYTES / Block.SIZE_BYTES;

    /** Ends a list of runs. */
    private static final int NONE = -1;

    /**
     * What is read.
     *
     * @param imageLsn what the images hold now
     * @param first block that {@code dst} begins with
     */
    record Window(
            JournalDb db, LongSupplier imageLsn, int volume, long first, ByteBuffer dst, AsOfReader.Image image) {}

    private final ByteBuffer key = ByteBuffer.allocateDirect(Layout.CHANGE_KEY_BYTES);
    private final ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES + Layout.PART_BYTES);
    private final long[] lsn = new long[MAX_PARTS];
    private final int[] number = new int[MAX_PARTS];
    /** The newest run of each part; {@link #previous} leads to the others. */
    private final int[] lastRun = new int[MAX_PARTS];

    /** A run is blocks of the window that come from one part: {@code blocks} of them from {@code at} on, which are the change's from {@code place} on. */
    private final int[] at = new int[Layout.WIDE_BLOCKS];

    private final int[] blocks = new int[Layout.WIDE_BLOCKS];
    private final int[] place = new int[Layout.WIDE_BLOCKS];
    private final int[] previous = new int[Layout.WIDE_BLOCKS];
    private final byte[] covered = new byte[PartHeader.BYTES];
    private int parts;
    private int runs;
    private Window window;

    void begin(Window next) {
        window = next;
        forget();
    }

    private void forget() {
        runs = 0;
        parts = 0;
    }

    /**
     * Blocks that a change holds; they come with {@link #end} at the latest.
     *
     * @param first index in the window
     * @param firstPlace block of the change that the first one is
     */
    void want(int first, int count, long changeLsn, int firstPlace) throws IOException {
        // What ageing has brought into the image may be gone from the journal at any moment.
        if (changeLsn <= window.imageLsn.getAsLong()) {
            fromImage(first, count);
            return;
        }
        int part = find(changeLsn, firstPlace / BLOCKS_PER_PART);
        if (part < 0) {
            if (parts == MAX_PARTS) {
                end();
            }
            part = parts++;
            lsn[part] = changeLsn;
            number[part] = firstPlace / BLOCKS_PER_PART;
            lastRun[part] = NONE;
        }
        int run = runs++;
        at[run] = first;
        blocks[run] = count;
        place[run] = firstPlace;
        previous[run] = lastRun[part];
        lastRun[part] = run;
    }

    private int find(long changeLsn, int part) {
        for (int i = parts - 1; i >= 0; i--) {
            if (lsn[i] == changeLsn && number[i] == part) {
                return i;
            }
        }
        return -1;
    }

    void zeroes(int first, int count) {
        ByteBuffer out = target(first, count);
        while (out.hasRemaining()) {
            out.putLong(0);
        }
    }

    void fromImage(int first, int count) throws IOException {
        window.image.read(Block.offsetOf(window.first + first), target(first, count));
    }

    private ByteBuffer target(int first, int count) {
        return window.dst.slice(first * Block.SIZE_BYTES, count * Block.SIZE_BYTES);
    }

    /** Reads what was asked for. */
    void end() throws IOException {
        for (int part = 0; part < parts; part++) {
            if (isPresent(part)) {
                continue;
            }
            if (lsn[part] > window.imageLsn.getAsLong()) {
                throw damaged(part, lastRun[part], "is missing");
            }
            for (int run = lastRun[part]; run != NONE; run = previous[run]) {
                fromImage(at[run], blocks[run]);
            }
        }
        forget();
    }

    /** @return false when the change is not in the journal */
    private boolean isPresent(int part) {
        int run = lastRun[part];
        boolean whole = blocks[run] == BLOCKS_PER_PART && at[run] > 0 && window.dst.isDirect();
        return whole ? readInPlace(part, run) : readAndCopy(part);
    }

    private boolean readAndCopy(int part) {
        if (!get(part, value.clear())) {
            return false;
        }
        PartHeader header = sound(part, value);
        for (int run = lastRun[part]; run != NONE; run = previous[run]) {
            requirePlace(header, part, run);
            int from = PartHeader.BYTES + place[run] % BLOCKS_PER_PART * Block.SIZE_BYTES;
            target(at[run], blocks[run]).put(0, value, from, blocks[run] * Block.SIZE_BYTES);
        }
        return true;
    }

    /**
     * Reads a part that is wanted from end to end to where its bytes belong, which saves copying them. Its header lies over the end of the block before
     * meanwhile; what was there is put back.
     */
    private boolean readInPlace(int part, int run) {
        int start = at[run] * Block.SIZE_BYTES - PartHeader.BYTES;
        window.dst.get(start, covered);
        try {
            ByteBuffer whole = window.dst.slice(start, PartHeader.BYTES + Layout.PART_BYTES);
            if (!get(part, whole)) {
                return false;
            }
            requirePlace(sound(part, whole), part, run);
            return true;
        } finally {
            window.dst.put(start, covered);
        }
    }

    private boolean get(int part, ByteBuffer into) {
        Layout.changeKey(key, lsn[part], number[part]);
        int room = into.remaining();
        try {
            JournalDb db = window.db;
            int size = db.rocks().get(db.changes(), db.changeReads(), key, into);
            return size >= 0 && size <= room;
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("reading change " + lsn[part], failure);
        }
    }

    private PartHeader sound(int part, ByteBuffer read) {
        PartHeader header = PartHeader.read(read);
        if (header == null || header.volume() != window.volume || !header.matches(read, number[part])) {
            throw damaged(part, lastRun[part], "does not match its checksum");
        }
        return header;
    }

    private void requirePlace(PartHeader header, int part, int run) {
        if (Block.indexOf(header.offset()) + place[run] != window.first + at[run]) {
            throw damaged(part, run, "does not hold the block that the index says");
        }
    }

    private HoldfastException damaged(int part, int run, String what) {
        return new HoldfastException(
                JournalError.JOURNAL_DAMAGED,
                "change %d, needed for block %d of volume index %d, %s"
                        .formatted(lsn[part], window.first + at[run], window.volume, what));
    }
}
