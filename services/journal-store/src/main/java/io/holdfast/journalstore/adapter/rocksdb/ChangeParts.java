package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * What is read.
     *
     * @param imageLsn what the images hold now
     * @param first block that {@code dst} begins with
     */
    record Window(
            JournalDb db, LongSupplier imageLsn, int volume, long first, ByteBuffer dst, AsOfReader.Image image) {}

    /** Blocks of the window that come from one part. */
    private record Run(int part, int at, int blocks, int place) {}

    private final ByteBuffer key = ByteBuffer.allocateDirect(Layout.CHANGE_KEY_BYTES);
    private final ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES + Layout.PART_BYTES);
    private final long[] lsn = new long[MAX_PARTS];
    private final int[] number = new int[MAX_PARTS];
    private final List<Run> runs = new ArrayList<>();
    private int parts;
    private Window window;

    void begin(Window next) {
        window = next;
        forget();
    }

    private void forget() {
        runs.clear();
        parts = 0;
    }

    /**
     * Blocks that a change holds; they come with {@link #end} at the latest.
     *
     * @param at index in the window
     * @param place block of the change that the first one is
     */
    void want(int at, int blocks, long changeLsn, int place) throws IOException {
        // What ageing has brought into the image may be gone from the journal at any moment.
        if (changeLsn <= window.imageLsn.getAsLong()) {
            fromImage(at, blocks);
            return;
        }
        int part = find(changeLsn, place / BLOCKS_PER_PART);
        if (part < 0) {
            if (parts == MAX_PARTS) {
                end();
            }
            part = parts++;
            lsn[part] = changeLsn;
            number[part] = place / BLOCKS_PER_PART;
        }
        runs.add(new Run(part, at, blocks, place));
    }

    private int find(long changeLsn, int part) {
        for (int i = parts - 1; i >= 0; i--) {
            if (lsn[i] == changeLsn && number[i] == part) {
                return i;
            }
        }
        return -1;
    }

    void zeroes(int at, int blocks) {
        ByteBuffer out = target(at, blocks);
        while (out.hasRemaining()) {
            out.putLong(0);
        }
    }

    void fromImage(int at, int blocks) throws IOException {
        window.image.read(Block.offsetOf(window.first + at), target(at, blocks));
    }

    private ByteBuffer target(int at, int blocks) {
        return window.dst.slice(at * Block.SIZE_BYTES, blocks * Block.SIZE_BYTES);
    }

    /** Reads what was asked for. */
    void end() throws IOException {
        for (int part = 0; part < parts; part++) {
            List<Run> wanted = runsOf(part);
            if (read(part)) {
                copy(part, wanted);
            } else if (lsn[part] > window.imageLsn.getAsLong()) {
                throw damaged(wanted.getFirst(), lsn[part], "is missing");
            } else {
                for (Run run : wanted) {
                    fromImage(run.at, run.blocks);
                }
            }
        }
        forget();
    }

    private List<Run> runsOf(int part) {
        return runs.stream().filter(run -> run.part == part).toList();
    }

    private boolean read(int part) {
        Layout.changeKey(key, lsn[part], number[part]);
        value.clear();
        try {
            JournalDb db = window.db;
            int size = db.rocks().get(db.changes(), db.changeReads(), key, value);
            return size >= 0 && size <= value.capacity();
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("reading change " + lsn[part], failure);
        }
    }

    private void copy(int part, List<Run> wanted) {
        PartHeader header = PartHeader.read(value);
        if (header == null || header.volume() != window.volume || !header.matches(value, number[part])) {
            throw damaged(wanted.getFirst(), lsn[part], "does not match its checksum");
        }
        for (Run run : wanted) {
            if (Block.indexOf(header.offset()) + run.place != window.first + run.at) {
                throw damaged(run, lsn[part], "does not hold the block that the index says");
            }
            int from = PartHeader.BYTES + run.place % BLOCKS_PER_PART * Block.SIZE_BYTES;
            target(run.at, run.blocks).put(value.slice(from, run.blocks * Block.SIZE_BYTES));
        }
    }

    private HoldfastException damaged(Run run, long change, String what) {
        return new HoldfastException(
                JournalError.JOURNAL_DAMAGED,
                "change %d, needed for block %d of volume index %d, %s"
                        .formatted(change, window.first + run.at, window.volume, what));
    }
}
