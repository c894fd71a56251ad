package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One volume's replica image together with its checksums: what is read was written. Safe for any number of readers beside the one thread
 * that ages; blocks that a round is writing are not read meanwhile (docs/journal-recovery.md).
 */
final class ReplicaImage implements AutoCloseable {
    private final int volumeIndex;
    private final FileBlockDevice image;
    private final ImageSums sums;

    /** @param sums null = there are none, and they cannot be made: the journal is open for reading only */
    ReplicaImage(int volumeIndex, FileBlockDevice image, ImageSums sums) {
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
    void read(long offset, ByteBuffer dst) throws IOException {
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

    /** Writes whole blocks and their checksums; durable with {@link #force}. */
    void write(long offset, ByteBuffer blocks) throws IOException {
        sums.note(Block.indexOf(offset), blocks);
        image.write(offset, blocks, false);
    }

    void zero(long offset, long length) throws IOException {
        sums.noteZeroes(Block.indexOf(offset), length / Block.SIZE_BYTES);
        image.zero(offset, length, ZeroOptions.DEFAULT);
    }

    List<Extent> extents(long offset, long length, int limit) throws IOException {
        return image.extents(offset, length, limit);
    }

    void force() throws IOException {
        image.flush();
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
