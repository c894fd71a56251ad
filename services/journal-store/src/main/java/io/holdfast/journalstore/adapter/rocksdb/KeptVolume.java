package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.seeding.KeptDisk;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.Extent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A kept disk with the blocks that were saved for it. Those who save and the one who gives it up may meet; readers hold the branch's lease. */
final class KeptVolume implements BaseImage, AutoCloseable {
    private final BranchBase base;
    private volatile KeptDisk disk;
    private boolean closed;

    KeptVolume(KeptDisk disk, BranchBase base) {
        this.disk = disk;
        this.base = base;
    }

    KeptDisk disk() {
        return disk;
    }

    /** @throws HoldfastException {@code JOURNAL_DAMAGED} */
    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        base.read(offset, dst);
        // Looked at afterwards: from then on the replica is overwritten without being saved.
        disk.damage().ifPresent(reason -> {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED,
                    "what branch '%s' kept of volume %s is lost: %s".formatted(disk.branch(), disk.volume(), reason));
        });
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        return base.extents(offset, length, limit);
    }

    /** Bytes that are kept beside the replica, zeroes among them counted: at most the volume's size. */
    long savedBytes() {
        return base.bytes();
    }

    /** As {@link BranchBase#preservedRun}; what is damaged or given up needs nothing. */
    synchronized long savedRun(long first, long limit) {
        return isOver() ? limit : base.preservedRun(first, limit);
    }

    /**
     * Saves what the range holds, as far as it is not saved. {@link #seal} makes it durable.
     *
     * @return why that is not possible any more: the replica is damaged there. What was saved before is worth nothing then
     */
    synchronized String save(long offset, long length) throws IOException {
        if (!isOver()) {
            try {
                base.preserve(Block.indexOf(offset), length / Block.SIZE_BYTES);
            } catch (HoldfastException unreadable) {
                if (unreadable.code() != JournalError.JOURNAL_DAMAGED) {
                    throw unreadable;
                }
                return unreadable.getMessage();
            }
        }
        return "";
    }

    synchronized void seal() throws IOException {
        if (!isOver()) {
            base.seal();
        }
    }

    synchronized void damaged(KeptDisk now) {
        disk = now;
    }

    private boolean isOver() {
        return closed || disk.damage().isPresent();
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            base.close();
        }
    }
}
