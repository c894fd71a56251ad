package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.session.BlockBitmap;
import io.holdfast.kernel.Block;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A view with private writes on top (glossary: overlay). The base is only read. Durability and the order of a flush are in
 * docs/journal-recovery.md: a disk with a volatile cache.
 *
 * <p>Safe for any number of threads. Filling a block from the base excludes every other write: it must not cover what another one just wrote.
 */
public final class OverlayDevice implements BlockDevice {
    private static final Set<Capability> CAN =
            Set.of(Capability.FLUSH, Capability.FUA, Capability.TRIM, Capability.WRITE_ZEROES, Capability.MULTI_CONN);
    private final FileBlockDevice data;
    private final BitmapFile bits;
    private final BlockBitmap bitmap;
    private final long limitBlocks;
    private final BooleanSupplier hasRoom;
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
    private final ReentrantReadWriteLock filling = new ReentrantReadWriteLock();
    private volatile BlockDevice base;
    private volatile InPlace inPlace;
    /** Blocks written since a merge began to copy; null = none copies. Guarded by {@code filling}. */
    private BlockBitmap rewritten;

    private boolean closed;

    private OverlayDevice(
            BlockDevice base,
            FileBlockDevice data,
            BitmapFile bits,
            BlockBitmap bitmap,
            long limitBytes,
            BooleanSupplier hasRoom) {
        this.base = base;
        this.data = data;
        this.bits = bits;
        this.bitmap = bitmap;
        this.limitBlocks = limitBytes / Block.SIZE_BYTES;
        this.hasRoom = hasRoom;
    }

    /**
     * Opens an overlay, or makes an empty one.
     *
     * @param base what shows where nothing was written; stays the caller's
     * @param name file name without its ending
     * @param limitBytes most that the overlay may hold; writes beyond it get ENOSPC
     * @param hasRoom false while the data volume is down to its reserve; writes get ENOSPC then
     */
    public static OverlayDevice open(
            Path folder, String name, BlockDevice base, long limitBytes, BooleanSupplier hasRoom) throws IOException {
        Path overlay = folder.resolve(name + ".overlay");
        BitmapFile bits = new BitmapFile(folder.resolve(name + ".bitmap"));
        BlockBitmap bitmap = new BlockBitmap(Math.ceilDiv(base.size(), Block.SIZE_BYTES));
        bits.load(bitmap);
        FileBlockDevice data =
                Files.exists(overlay) ? FileBlockDevice.open(overlay) : FileBlockDevice.create(overlay, base.size());
        return new OverlayDevice(base, data, bits, bitmap, limitBytes, hasRoom);
    }

    @Override
    public long size() {
        return base.size();
    }

    @Override
    public Set<Capability> capabilities() {
        return CAN;
    }

    /** Bytes that the overlay holds. */
    public long usedBytes() {
        return bitmap.setCount() * Block.SIZE_BYTES;
    }

    /** The first block from {@code from} on that stands in the overlay now; -1 = there is none. A block that a merge takes out was saved in the volume before. */
    public long nextWritten(long from) {
        return bitmap.nextSet(from);
    }

    private interface Work {
        void run() throws IOException;
    }

    private void using(Work work) throws IOException {
        use.readLock().lock();
        try {
            if (closed) {
                throw new NbdException(NbdError.ESHUTDOWN, "the recovery session has ended");
            }
            work.run();
        } finally {
            use.readLock().unlock();
        }
    }

    private void requireRange(long offset, long length, NbdError error) throws NbdException {
        if (offset < 0 || length < 0 || offset > size() - length) {
            throw new NbdException(
                    error, "beyond the end: offset %d, length %d, size %d".formatted(offset, length, size()));
        }
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        requireRange(offset, dst.remaining(), NbdError.EINVAL);
        using(() -> readRuns(offset, dst));
    }

    private void readRuns(long offset, ByteBuffer dst) throws IOException {
        long at = offset;
        int end = dst.limit();
        try {
            while (dst.position() < end) {
                long block = Block.indexOf(at);
                long left = end - dst.position();
                long blocks = bitmap.run(block, Block.indexOf(at + left - 1) - block + 1);
                int bytes = (int) Math.min(left, Block.offsetOf(block + blocks) - at);
                dst.limit(dst.position() + bytes);
                (bitmap.isSet(block) ? data : base).read(at, dst);
                at += bytes;
            }
        } finally {
            dst.limit(end);
        }
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) throws IOException {
        requireRange(offset, src.remaining(), NbdError.ENOSPC);
        using(() -> {
            long length = src.remaining();
            if (length == 0) {
                return;
            }
            change(offset, length, (to, from, bytes) -> {
                ByteBuffer part = src.slice(src.position() + (int) (from - offset), (int) bytes);
                to.write(from, part, false);
            });
            src.position(src.limit());
            if (fua) {
                flushNow();
            }
        });
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) throws IOException {
        requireRange(offset, length, NbdError.ENOSPC);
        using(() -> {
            if (length > 0) {
                change(offset, length, (to, from, bytes) -> to.zero(from, bytes, ZeroOptions.DEFAULT));
            }
            if (options.fua()) {
                flushNow();
            }
        });
    }

    /** Reads as zeroes afterwards: a trim that left the base showing through would bring deleted data back. */
    @Override
    public void trim(long offset, long length, boolean fua) throws IOException {
        requireRange(offset, length, NbdError.EINVAL);
        long first = Math.ceilDiv(offset, Block.SIZE_BYTES) * Block.SIZE_BYTES;
        long end = Math.min(offset + length, size()) / Block.SIZE_BYTES * Block.SIZE_BYTES;
        if (end > first) {
            zero(first, end - first, new ZeroOptions(true, false, fua));
        }
    }

    private interface RangeWrite {
        void write(BlockDevice to, long offset, long length) throws IOException;
    }

    /**
     * From now on writes go into the volume where they may, and what the overlay holds can be {@linkplain #merge merged} into it.
     *
     * @param target reads where nothing was written as the base did
     */
    public void goInPlace(InPlace target) {
        filling.writeLock().lock();
        try {
            base = target.volume();
            inPlace = target;
        } finally {
            filling.writeLock().unlock();
        }
    }

    public boolean isInPlace() {
        return inPlace != null;
    }

    /**
     * Brings some of the overlay's blocks into the volume, while others read and write (docs/commit-protocol.md). One thread.
     *
     * @param reached told the name of each step
     * @return bytes that were brought; 0 = the overlay is empty
     */
    public long merge(long maxBytes, Consumer<String> reached) throws IOException {
        long[] merged = {0};
        using(() ->
                merged[0] = new OverlayMerge(bitmap, data, inPlace, reached).some(maxBytes, new OverlayMerge.Gate() {
                    @Override
                    public void watch(BlockBitmap writes) {
                        filling.writeLock().lock();
                        rewritten = writes;
                        filling.writeLock().unlock();
                    }

                    @Override
                    public void leave(Runnable clear) {
                        filling.writeLock().lock();
                        try {
                            clear.run();
                        } finally {
                            rewritten = null;
                            filling.writeLock().unlock();
                        }
                    }

                    @Override
                    public void flush() throws IOException {
                        flushNow();
                    }
                }));
        return merged[0];
    }

    /**
     * Ends all operations if everything is in the volume, durably.
     *
     * @return false when something stands in the overlay: merge and try again
     */
    public boolean closeMerged() throws IOException {
        use.writeLock().lock();
        try {
            if (bitmap.setCount() > 0) {
                return false;
            }
            if (!closed) {
                flushNow();
                closed = true;
                data.close();
            }
            return true;
        } finally {
            use.writeLock().unlock();
        }
    }

    /** Gives back the space of an overlay whose last block was merged. */
    public void reclaim() throws IOException {
        using(this::flushNow);
        use.writeLock().lock();
        try {
            // Nobody reads or writes: what has no bit now, on disk as well, has no use for its bytes.
            if (!closed && bitmap.setCount() == 0) {
                data.trim(0, data.size(), false);
            }
        } finally {
            use.writeLock().unlock();
        }
    }

    private void change(long offset, long length, RangeWrite write) throws IOException {
        InPlace target = inPlace;
        if (target == null) {
            intoOverlay(offset, length, write);
            return;
        }
        long end = offset + length;
        for (long at = offset; at < end; ) {
            long block = Block.indexOf(at);
            long blocks = Block.indexOf(end - 1) - block + 1;
            long run = bitmap.run(block, blocks);
            long overwritable = target.overwritableRun(block, run);
            long until = Math.min(end, Block.offsetOf(block + Math.min(run, Math.abs(overwritable))));
            boolean direct = overwritable > 0 && !bitmap.isSet(block) && intoVolume(target, at, until - at, write);
            if (!direct) {
                intoOverlay(at, until - at, write);
            }
            at = until;
        }
    }

    /** @return false when a block of the range stands in the overlay by now: that one would hide what is written here */
    private boolean intoVolume(InPlace target, long offset, long length, RangeWrite write) throws IOException {
        filling.readLock().lock();
        try {
            long block = Block.indexOf(offset);
            long blocks = Block.indexOf(offset + length - 1) - block + 1;
            if (bitmap.clearIn(block, blocks) < blocks) {
                return false;
            }
            write.write(target.volume(), offset, length);
            return true;
        } finally {
            filling.readLock().unlock();
        }
    }

    /** Partial blocks at the ends are filled from the base first. */
    private void intoOverlay(long offset, long length, RangeWrite write) throws IOException {
        long end = offset + length;
        long firstBlock = Block.indexOf(offset);
        requireSpace(firstBlock, Math.ceilDiv(end, Block.SIZE_BYTES) - firstBlock);
        while (true) {
            if (offset % Block.SIZE_BYTES != 0) {
                fill(firstBlock);
            }
            if (end % Block.SIZE_BYTES != 0 && end != size()) {
                fill(Block.indexOf(end));
            }
            filling.readLock().lock();
            try {
                if (!edgesAreFilled(offset, end)) {
                    // A merge took a block out again after it was filled.
                    continue;
                }
                long blocks = Math.ceilDiv(end, Block.SIZE_BYTES) - firstBlock;
                if (rewritten != null) {
                    rewritten.set(firstBlock, blocks);
                }
                write.write(data, offset, length);
                bitmap.set(firstBlock, blocks);
                return;
            } finally {
                filling.readLock().unlock();
            }
        }
    }

    private boolean edgesAreFilled(long offset, long end) {
        return (offset % Block.SIZE_BYTES == 0 || bitmap.isSet(Block.indexOf(offset)))
                && (end % Block.SIZE_BYTES == 0 || end == size() || bitmap.isSet(Block.indexOf(end)));
    }

    private void fill(long block) throws IOException {
        if (bitmap.isSet(block)) {
            return;
        }
        filling.writeLock().lock();
        try {
            if (!bitmap.isSet(block)) {
                long start = Block.offsetOf(block);
                ByteBuffer whole = ByteBuffer.allocate((int) Math.min(Block.SIZE_BYTES, size() - start));
                base.read(start, whole);
                data.write(start, whole.flip(), false);
                bitmap.set(block, 1);
            }
        } finally {
            filling.writeLock().unlock();
        }
    }

    private void requireSpace(long block, long blocks) throws NbdException {
        long more = bitmap.clearIn(block, blocks);
        if (more > 0 && bitmap.setCount() + more > limitBlocks) {
            throw new NbdException(
                    NbdError.ENOSPC,
                    "the recovery session's overlay is full: %d bytes are allowed"
                            .formatted(limitBlocks * Block.SIZE_BYTES));
        }
        if (more > 0 && !hasRoom.getAsBoolean()) {
            throw new NbdException(NbdError.ENOSPC, "the journal-store's data volume is down to its reserve");
        }
    }

    @Override
    public void flush() throws IOException {
        using(this::flushNow);
    }

    private void flushNow() throws IOException {
        bits.flush(bitmap, () -> {
            data.flush();
            InPlace target = inPlace;
            if (target != null) {
                target.volume().flush();
            }
        });
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        requireRange(offset, length, NbdError.EINVAL);
        List<Extent> found = new ArrayList<>();
        using(() -> {
            long at = offset;
            long end = offset + length;
            while (at < end && found.size() < limit) {
                long block = Block.indexOf(at);
                long blocks = bitmap.run(block, Block.indexOf(end - 1) - block + 1);
                long until = Math.min(end, Block.offsetOf(block + blocks));
                BlockDevice source = bitmap.isSet(block) ? data : base;
                for (Extent extent : source.extents(at, until - at, limit - found.size())) {
                    found.add(extent);
                    at = extent.end();
                }
            }
        });
        return List.copyOf(found);
    }

    /** Ends all operations; what was not flushed is lost with a crash only, not with this. */
    @Override
    public void close() throws IOException {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                data.close();
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
