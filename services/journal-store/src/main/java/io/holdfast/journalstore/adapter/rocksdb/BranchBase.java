package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.adapter.files.BitmapFile;
import io.holdfast.journalstore.session.BlockBitmap;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * What one volume's replica image held at the committed point, for the blocks that were overwritten since: the ground that a branch stands
 * on (docs/commit-protocol.md). One thread preserves; any number read.
 */
public final class BranchBase implements BaseImage, AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Supplier<ReplicaImage> image;
    private final long blocks;
    private final FileBlockDevice saved;
    private final BlockBitmap bitmap;
    private final BitmapFile bits;

    private BranchBase(
            Supplier<ReplicaImage> image, long blocks, FileBlockDevice saved, BlockBitmap bitmap, BitmapFile bits) {
        this.image = image;
        this.blocks = blocks;
        this.saved = saved;
        this.bitmap = bitmap;
        this.bits = bits;
    }

    /**
     * @param sizeBytes of what is kept; the image may be larger since
     * @param image which another one takes the place of when the volume grows
     */
    static BranchBase open(Path folder, int volumeIndex, long sizeBytes, Supplier<ReplicaImage> image, boolean readOnly)
            throws IOException {
        Path data = folder.resolve(dataName(volumeIndex));
        long blocks = Math.ceilDiv(sizeBytes, Block.SIZE_BYTES);
        BlockBitmap bitmap = new BlockBitmap(blocks);
        BitmapFile bits = new BitmapFile(folder.resolve(bitmapName(volumeIndex)));
        if (readOnly) {
            if (!Files.exists(data)) {
                return new BranchBase(image, blocks, null, bitmap, bits);
            }
            bits.load(bitmap);
            return new BranchBase(image, blocks, FileBlockDevice.openReadOnly(data), bitmap, bits);
        }
        Files.createDirectories(folder);
        bits.load(bitmap);
        FileBlockDevice saved =
                Files.exists(data) ? FileBlockDevice.open(data) : FileBlockDevice.create(data, sizeBytes);
        return new BranchBase(image, blocks, saved, bitmap, bits);
    }

    private static String dataName(int volumeIndex) {
        return volumeIndex + ".base";
    }

    private static String bitmapName(int volumeIndex) {
        return volumeIndex + ".bitmap";
    }

    /** The files of a volume. */
    static List<String> names(int volumeIndex) {
        return List.of(dataName(volumeIndex), bitmapName(volumeIndex));
    }

    /** Bytes that are kept for the branch alone. */
    long bytes() {
        return bitmap.setCount() * Block.SIZE_BYTES;
    }

    /** How many blocks from {@code first} on, at most {@code limit}, are all preserved or all not; positive = preserved. */
    public long preservedRun(long first, long limit) {
        if (first >= blocks) {
            return limit;
        }
        boolean set = bitmap.isSet(first);
        long run = bitmap.run(first, limit);
        return set ? run : -run;
    }

    /** The first block from {@code from} on that is preserved; -1 = there is none. */
    long nextPreserved(long from) {
        return bitmap.nextSet(from);
    }

    /** Copies the blocks of the run that are not preserved yet. {@link #seal} makes it durable; only then may they be overwritten. */
    public void preserve(long first, long count) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        for (long block = first, end = Math.min(blocks, first + count); block < end; ) {
            long run = bitmap.run(block, end - block);
            if (bitmap.isSet(block)) {
                block += run;
                continue;
            }
            int some = (int) Math.min(run, CHUNK_BYTES / Block.SIZE_BYTES);
            chunk.clear().limit(some * Block.SIZE_BYTES);
            image.get().read(Block.offsetOf(block), chunk);
            chunk.flip();
            if (!isZero(chunk)) {
                saved.write(Block.offsetOf(block), chunk, false);
            }
            // A reader that sees the bit now reads the same bytes from here as from the image.
            bitmap.set(block, some);
            block += some;
        }
    }

    /** What was never written here reads as zeroes. */
    private static boolean isZero(ByteBuffer bytes) {
        return bytes.get(0) == 0 && bytes.slice(0, bytes.limit() - 1).mismatch(bytes.slice(1, bytes.limit() - 1)) < 0;
    }

    /** Makes everything that was preserved durable: bytes first, then the bits that name them. */
    public void seal() throws IOException {
        bits.flush(bitmap, saved::flush);
    }

    /** Reads whole blocks as they were at the committed point. */
    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        long block = Block.indexOf(offset);
        int end = dst.limit();
        try {
            while (dst.position() < end) {
                long blocks = (end - dst.position()) / Block.SIZE_BYTES;
                boolean kept = bitmap.isSet(block);
                int bytes = (int) bitmap.run(block, blocks) * Block.SIZE_BYTES;
                int from = dst.position();
                dst.limit(from + bytes);
                if (kept) {
                    saved.read(Block.offsetOf(block), dst);
                } else if (!isReadFromImage(block, dst)) {
                    dst.position(from);
                    continue;
                }
                block += bytes / Block.SIZE_BYTES;
            }
        } finally {
            dst.limit(end);
        }
    }

    /** @return false = preserved, and perhaps overwritten, while it was read: the preserved copy is the answer */
    private boolean isReadFromImage(long block, ByteBuffer dst) throws IOException {
        int count = dst.remaining() / Block.SIZE_BYTES;
        try {
            image.get().read(Block.offsetOf(block), dst);
        } catch (HoldfastException unreadable) {
            // A block that is being written does not match its checksum for a moment.
            if (!anySet(block, count)) {
                throw unreadable;
            }
        }
        return !anySet(block, count);
    }

    private boolean anySet(long block, long count) {
        return bitmap.clearIn(block, count) < count;
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        long block = Block.indexOf(offset);
        long run = bitmap.run(block, Math.ceilDiv(length, Block.SIZE_BYTES));
        long bytes = Math.min(length, run * Block.SIZE_BYTES);
        if (bitmap.isSet(block)) {
            return saved.extents(offset, bytes, limit);
        }
        List<Extent> found = image.get().extents(offset, bytes, limit);
        return anySet(block, run) ? List.of(new Extent(offset, bytes, Extent.Kind.DATA)) : found;
    }

    @Override
    public void close() throws IOException {
        if (saved != null) {
            saved.close();
        }
    }
}
