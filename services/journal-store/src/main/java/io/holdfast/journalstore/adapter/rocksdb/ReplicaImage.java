package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;

/**
 * One volume's replica image together with its checksums: what is read was written. Safe for any number of readers beside the one thread
 * that ages; blocks that a round is writing are not read meanwhile (docs/journal-recovery.md).
 */
final class ReplicaImage implements BaseImage, AutoCloseable {
    private static final long MAX_HOLE_BYTES = 256L << 20;

    private final int volumeIndex;
    private final FileBlockDevice image;
    private final ImageSums sums;
    private final FaultPoints faults;
    private volatile boolean live;

    /** @param sums null = there are none, and they cannot be made: the journal is open for reading only */
    ReplicaImage(int volumeIndex, FileBlockDevice image, ImageSums sums, FaultPoints faults) {
        this.faults = faults;
        this.volumeIndex = volumeIndex;
        this.image = image;
        this.sums = sums;
    }

    long size() {
        return image.size();
    }

    /**
     * Fills the buffer with whole blocks.
     *
     * @throws HoldfastException {@code JOURNAL_DAMAGED} naming the block that is not what was written
     */
    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        ByteBuffer blocks = dst.duplicate();
        image.read(offset, dst);
        int bad = sums == null ? -1 : sums.firstMismatch(Block.indexOf(offset), blocks);
        if (bad >= 0) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED,
                    "block %d of volume index %d: the replica image does not match its checksum"
                            .formatted(Block.indexOf(offset) + bad, volumeIndex));
        }
    }

    /** Bytes from {@code offset} on that the file system holds no data for, in whole blocks and at most 256 MiB; 0 = it holds some. */
    long holeAt(long offset, long length) throws IOException {
        Extent first =
                image.extents(offset, Math.min(length, MAX_HOLE_BYTES), 1).getFirst();
        return first.kind() == Extent.Kind.DATA ? 0 : first.length() / Block.SIZE_BYTES * Block.SIZE_BYTES;
    }

    /** Index, from 0, of the first block in a hole whose checksum says that it is not one; -1 = none, or there are no checksums. */
    long firstNotZero(long offset, long length) throws IOException {
        return sums == null ? -1 : sums.firstNotZero(Block.indexOf(offset), length / Block.SIZE_BYTES);
    }

    /** Reads whole blocks, whatever they are, and tells which differ from their checksums. Blocks that had none get theirs. */
    BitSet mismatches(long offset, ByteBuffer blocks) throws IOException {
        ByteBuffer read = blocks.duplicate();
        image.read(offset, blocks);
        if (sums == null) {
            return new BitSet();
        }
        long first = Block.indexOf(offset);
        BitSet bad = sums.mismatches(first, read);
        learn(first, read);
        return bad;
    }

    /** The checks go from the first block to the last, so what has no checksum yet is met in order. */
    private void learn(long first, ByteBuffer read) throws IOException {
        int count = read.remaining() / Block.SIZE_BYTES;
        int from = (int) (sums.learned() - first);
        if (mayLearn() && from >= 0 && from < count) {
            sums.note(
                    first + from,
                    read.slice(read.position() + from * Block.SIZE_BYTES, (count - from) * Block.SIZE_BYTES));
            faults.reached(FaultPlaces.IMAGE_LEARNED);
            sums.learnedTo(first + count, Block.indexOf(image.size()));
        }
    }

    /** As {@link #mismatches} does, for what {@link #holeAt} says is one. */
    void learnHole(long offset, long length) throws IOException {
        long first = Block.indexOf(offset);
        long end = first + length / Block.SIZE_BYTES;
        if (sums != null && mayLearn() && sums.learned() >= first && sums.learned() < end) {
            sums.noteZeroes(sums.learned(), end - sums.learned());
            sums.learnedTo(end, Block.indexOf(image.size()));
        }
    }

    private boolean mayLearn() {
        return !live && !image.capabilities().contains(Capability.READ_ONLY);
    }

    /** Writes whole blocks and their checksums; durable with {@link #force}. */
    void write(long offset, ByteBuffer blocks) throws IOException {
        sums.note(Block.indexOf(offset), blocks);
        faults.reached(FaultPlaces.IMAGE_NOTED);
        image.write(offset, blocks, false);
    }

    /**
     * Makes blocks fail their checksum, whatever they hold, until they are written again.
     *
     * @throws HoldfastException {@code JOURNAL_DAMAGED} when the image has no checksum there yet: wrong bytes could be read
     */
    void poison(long firstBlock, int count) throws IOException {
        if (sums.known() < firstBlock + count) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED,
                    ("blocks %d to %d of volume index %d are damaged, and the image has no checksums there before a scrub"
                                    + " has read it")
                            .formatted(firstBlock, firstBlock + count - 1, volumeIndex));
        }
        ByteBuffer blocks = ByteBuffer.allocate(Block.SIZE_BYTES);
        for (long block = firstBlock; block < firstBlock + count; block++) {
            image.read(Block.offsetOf(block), blocks.clear());
            sums.notePoison(block, blocks.flip());
        }
    }

    void zero(long offset, long length) throws IOException {
        sums.noteZeroes(Block.indexOf(offset), length / Block.SIZE_BYTES);
        image.zero(offset, length, ZeroOptions.DEFAULT);
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        return image.extents(offset, length, limit);
    }

    /**
     * The bare file, for a committed session that writes into it. Its checksums cannot follow such writes over a crash, so from here on
     * nothing is known about any block, until {@link #rest}.
     */
    FileBlockDevice live() throws IOException {
        live = true;
        sums.forget();
        return image;
    }

    /** Nobody writes the bare file any more: a scrub may give the blocks their checksums again. */
    void rest() {
        live = false;
    }

    void force() throws IOException {
        image.flush();
        faults.reached(FaultPlaces.IMAGE_FORCED);
        sums.force();
    }

    @Override
    public void close() throws IOException {
        try (image) {
            if (sums != null) {
                sums.close();
            }
        }
    }
}
