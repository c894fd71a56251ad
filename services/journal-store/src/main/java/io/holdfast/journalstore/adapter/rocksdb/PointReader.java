package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.Lsn;
import io.holdfast.nbd.Extent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One volume as of one LSN. Safe for any number of threads; the caller keeps the point's lease. */
public final class PointReader {
    /** Most that one extents call looks at: bounds its time. */
    private static final long EXTENT_BYTES = 256L << 20;

    /** Shorter holes are called data: a client that skips them sends more requests than it saves bytes. */
    private static final long SHORTEST_HOLE_BYTES = 64 << 10;

    private final Journal journal;
    private final VolumeSlot slot;
    private final Lsn lsn;
    private final Duration patience;
    /** What the volume is, whatever the journal says; empty = what follows from the LSN. */
    private final Optional<BaseImage> fixed;

    private final int lossesBefore;

    PointReader(Journal journal, VolumeSlot slot, Lsn lsn, Optional<BaseImage> fixed, Duration patience) {
        this.journal = journal;
        this.slot = slot;
        this.lsn = lsn;
        this.fixed = fixed;
        this.patience = patience;
        this.lossesBefore = journal.losses();
    }

    private boolean isOnBranch(Optional<Fork> fork) {
        return fork.filter(one -> one.hasLeftBehind(lsn)).isPresent();
    }

    private AsOfReader readerOf(Opened opened) {
        Optional<Fork> fork = journal.fork();
        long floor = isOnBranch(fork) ? 0 : fork.map(one -> one.to().value()).orElse(0L);
        return new AsOfReader(opened.db, () -> journal.ageing().image(), floor);
    }

    private BaseImage image() {
        if (fixed.isPresent()) {
            return fixed.get();
        }
        return isOnBranch(journal.fork())
                ? journal.branchBase(slot.index())
                : journal.images().of(slot.index());
    }

    public long sizeBytes() {
        return slot.sizeBytes();
    }

    public VolumeSlot slot() {
        return slot;
    }

    /**
     * Fills the buffer with the bytes at {@code offset}; any alignment.
     *
     * @throws io.holdfast.kernel.error.HoldfastException {@code JOURNAL_DAMAGED}, {@code LSN_NOT_REACHED}, {@code LSN_EXPIRED} and storage failures
     */
    public void read(long offset, ByteBuffer dst) throws IOException {
        try {
            journal.usingFrom(
                    lsn, lossesBefore, patience, opened -> journal.scratches().with(scratch -> {
                        try {
                            read(readerOf(opened), scratch, offset, dst);
                        } catch (IOException failure) {
                            throw new UncheckedIOException(failure);
                        }
                        return null;
                    }));
        } catch (UncheckedIOException wrapped) {
            throw wrapped.getCause();
        }
    }

    private void read(AsOfReader reader, AsOfReader.Scratch scratch, long offset, ByteBuffer dst) throws IOException {
        BaseImage image = image();
        long at = offset;
        while (dst.hasRemaining()) {
            long block = Block.indexOf(at);
            int within = (int) (at - Block.offsetOf(block));
            int whole = dst.remaining() / Block.SIZE_BYTES * Block.SIZE_BYTES;
            if (within == 0 && whole > 0) {
                ByteBuffer part = dst.slice(dst.position(), whole);
                reader.read(slot.index(), block, part, lsn.value(), image::read, scratch);
                dst.position(dst.position() + whole);
                at += whole;
            } else {
                ByteBuffer one = ByteBuffer.allocate(Block.SIZE_BYTES);
                reader.read(slot.index(), block, one, lsn.value(), image::read, scratch);
                int bytes = Math.min(Block.SIZE_BYTES - within, dst.remaining());
                dst.put(one.slice(within, bytes));
                at += bytes;
            }
        }
    }

    /** As {@code BlockDevice.extents}; may end before the range does. */
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        long end = Math.min(offset + Math.min(length, EXTENT_BYTES), sizeBytes());
        long firstBlock = Block.indexOf(offset);
        long blocks = Math.ceilDiv(end, Block.SIZE_BYTES) - firstBlock;
        ExtentList found = new ExtentList(offset, end, limit);
        try {
            journal.usingFrom(
                    lsn, lossesBefore, patience, opened -> journal.scratches().with(scratch -> {
                        BaseImage image = image();
                        readerOf(opened)
                                .runs(
                                        slot.index(),
                                        firstBlock,
                                        blocks,
                                        lsn.value(),
                                        scratch,
                                        (first, count, inImage, zero) -> {
                                            long from = Block.offsetOf(first);
                                            long bytes = count * Block.SIZE_BYTES;
                                            return inImage
                                                    ? found.addAll(image, from, bytes)
                                                    : found.add(
                                                            from, bytes, zero ? Extent.Kind.ZERO : Extent.Kind.DATA);
                                        });
                        return null;
                    }));
        } catch (UncheckedIOException wrapped) {
            throw wrapped.getCause();
        }
        return found.extents();
    }

    /** Joins runs and cuts them to what was asked for. */
    private static final class ExtentList {
        private final long start;
        private final long end;
        private final int limit;
        private final List<Extent> extents = new ArrayList<>();

        ExtentList(long start, long end, int limit) {
            this.start = start;
            this.end = end;
            this.limit = limit;
        }

        boolean add(long offset, long length, Extent.Kind found) {
            Extent.Kind kind = length < SHORTEST_HOLE_BYTES ? Extent.Kind.DATA : found;
            long from = Math.max(offset, start);
            long bytes = Math.min(offset + length, end) - from;
            if (bytes <= 0) {
                return true;
            }
            Extent last = extents.isEmpty() ? null : extents.getLast();
            if (last != null && last.kind() == kind) {
                extents.set(extents.size() - 1, new Extent(last.offset(), last.length() + bytes, kind));
                return true;
            }
            if (extents.size() == limit) {
                return false;
            }
            extents.add(new Extent(from, bytes, kind));
            return true;
        }

        boolean addAll(BaseImage image, long offset, long length) {
            try {
                long at = offset;
                while (at < offset + length) {
                    for (Extent extent : image.extents(at, offset + length - at, 256)) {
                        if (!add(extent.offset(), extent.length(), extent.kind())) {
                            return false;
                        }
                        at = extent.end();
                    }
                }
                return true;
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        List<Extent> extents() {
            return List.copyOf(extents);
        }
    }
}
