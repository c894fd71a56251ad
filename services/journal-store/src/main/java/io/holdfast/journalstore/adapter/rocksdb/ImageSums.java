package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.Crc32c;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;

/**
 * The checksum file beside a replica image (docs/journal-recovery.md, "Checksums of images"): one CRC-32C per 4 KiB block, XORed with the one of
 * a block of zeroes, so that what is a hole in the image is a hole here. Behind a header of one block; all big-endian.
 *
 * <p>Header: {@code magic 8, known blocks 8, crc32c of these 4}. Blocks from {@code known} on have no checksum yet: the image is older than
 * this file. A header that cannot be read says that nothing is known, which costs a scrub and never a wrong answer.
 */
final class ImageSums implements AutoCloseable {
    /** Every block has its checksum. */
    static final long ALL = Long.MAX_VALUE;

    private static final int HEADER_BYTES = Block.SIZE_BYTES;
    private static final long MAGIC = 0x48464352_43333243L;
    /** 64 MiB of image for each force. */
    private static final long LEARNED_AT_ONCE = 16 << 10;

    private static final int ENTRIES_AT_ONCE = 16 << 10;
    private static final ByteBuffer ZEROES =
            ByteBuffer.allocate(ENTRIES_AT_ONCE * Integer.BYTES).asReadOnlyBuffer();
    private static final int ZERO_BLOCK = Crc32c.of(new byte[Block.SIZE_BYTES]);

    private final FileBlockDevice file;
    private volatile long known;
    private long learned;

    private ImageSums(FileBlockDevice file, long known) {
        this.file = file;
        this.known = known;
    }

    static Path beside(Path image) {
        return image.resolveSibling(image.getFileName() + ".crc");
    }

    /** Makes the file of an image that does not exist yet: durable before the image is. */
    static void create(Path path, long imageBytes) throws IOException {
        begin(path, imageBytes, ALL);
    }

    /**
     * Opens the file of an image that exists. One that is missing is made anew, with nothing known.
     *
     * @return null when it is missing and nothing may be written
     */
    static ImageSums open(Path path, long imageBytes, boolean readOnly) throws IOException {
        if (readOnly) {
            return Files.exists(path) ? opened(FileBlockDevice.openReadOnly(path)) : null;
        }
        if (!Files.exists(path)) {
            begin(path, imageBytes, 0);
        }
        grow(path, imageBytes);
        return opened(FileBlockDevice.open(path));
    }

    private static ImageSums opened(FileBlockDevice file) throws IOException {
        return new ImageSums(file, readKnown(file));
    }

    private static void begin(Path path, long imageBytes, long known) throws IOException {
        try (FileChannel file = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            file.write(header(known), 0);
            file.force(true);
        }
        grow(path, imageBytes);
    }

    private static void grow(Path path, long imageBytes) throws IOException {
        long size = HEADER_BYTES + Math.ceilDiv(imageBytes, Block.SIZE_BYTES) * Integer.BYTES;
        if (Files.size(path) < size) {
            try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
                file.write(ByteBuffer.allocate(1), size - 1);
                file.force(true);
            }
        }
    }

    private static ByteBuffer header(long known) {
        ByteBuffer header = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES)
                .putLong(MAGIC)
                .putLong(known);
        return header.putInt(Crc32c.of(header.duplicate().flip())).flip();
    }

    private static long readKnown(FileBlockDevice file) throws IOException {
        if (file.size() < HEADER_BYTES) {
            return 0;
        }
        ByteBuffer found = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES);
        file.read(0, found);
        found.flip();
        return found.equals(header(found.getLong(Long.BYTES))) ? found.getLong(Long.BYTES) : 0;
    }

    /** Blocks before this one have a checksum; {@link #ALL} = every one. */
    long known() {
        return known;
    }

    /** Blocks before this one have a checksum that may not be on disk yet. One thread. */
    long learned() {
        return Math.max(learned, known);
    }

    /**
     * The blocks before {@code block} were noted. Makes that durable from time to time, and at the image's end.
     *
     * @param end blocks of the image
     */
    void learnedTo(long block, long end) throws IOException {
        learned = block;
        if (block >= end) {
            known(ALL);
        } else if (block - known >= LEARNED_AT_ONCE) {
            known(block);
        }
    }

    /** From now on nothing is known about any block, durably: somebody writes the image without saying what. */
    void forget() throws IOException {
        if (known > 0) {
            known(0);
        }
        learned = 0;
    }

    /** Says, durably, that the blocks before {@code block} have their checksums; those were forced before. */
    private void known(long block) throws IOException {
        file.flush();
        file.write(0, header(block), true);
        known = block;
    }

    /** Notes the checksums of whole blocks that are written to the image. */
    void note(long firstBlock, ByteBuffer blocks) throws IOException {
        int count = blocks.remaining() / Block.SIZE_BYTES;
        ByteBuffer entries = ByteBuffer.allocate(count * Integer.BYTES);
        for (int i = 0; i < count; i++) {
            entries.putInt(entryOf(blocks, i));
        }
        file.write(HEADER_BYTES + firstBlock * Integer.BYTES, entries.flip(), false);
    }

    /** Notes that blocks are zeroes. */
    void noteZeroes(long firstBlock, long count) throws IOException {
        file.zero(HEADER_BYTES + firstBlock * Integer.BYTES, count * Integer.BYTES, ZeroOptions.DEFAULT);
    }

    /** Makes reads of these blocks fail until they are written again: their bytes are known to be wrong. */
    void notePoison(long firstBlock, ByteBuffer blocks) throws IOException {
        int count = blocks.remaining() / Block.SIZE_BYTES;
        ByteBuffer entries = ByteBuffer.allocate(count * Integer.BYTES);
        for (int i = 0; i < count; i++) {
            entries.putInt(~entryOf(blocks, i));
        }
        file.write(HEADER_BYTES + firstBlock * Integer.BYTES, entries.flip(), false);
    }

    private static int entryOf(ByteBuffer blocks, int i) {
        ByteBuffer block = blocks.slice(blocks.position() + i * Block.SIZE_BYTES, Block.SIZE_BYTES);
        return Crc32c.of(block) ^ ZERO_BLOCK;
    }

    /**
     * Compares whole blocks, as read from the image, with their checksums. Blocks that are not known pass.
     *
     * @return index, from 0, of the first that differs; -1 = none does
     */
    int firstMismatch(long firstBlock, ByteBuffer blocks) throws IOException {
        int count = (int) Math.min(blocks.remaining() / Block.SIZE_BYTES, known - firstBlock);
        if (count <= 0) {
            return -1;
        }
        ByteBuffer entries = ByteBuffer.allocate(count * Integer.BYTES);
        file.read(HEADER_BYTES + firstBlock * Integer.BYTES, entries);
        for (int i = 0; i < count; i++) {
            if (entries.getInt(i * Integer.BYTES) != entryOf(blocks, i)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Compares as {@link #firstMismatch}.
     *
     * @return indexes of all blocks that differ
     */
    BitSet mismatches(long firstBlock, ByteBuffer blocks) throws IOException {
        BitSet bad = new BitSet();
        int count = (int) Math.min(blocks.remaining() / Block.SIZE_BYTES, known - firstBlock);
        if (count > 0) {
            ByteBuffer entries = ByteBuffer.allocate(count * Integer.BYTES);
            file.read(HEADER_BYTES + firstBlock * Integer.BYTES, entries);
            for (int i = 0; i < count; i++) {
                bad.set(i, entries.getInt(i * Integer.BYTES) != entryOf(blocks, i));
            }
        }
        return bad;
    }

    /** Index, from 0, of the first known block whose checksum is not that of zeroes; -1 = all are. */
    long firstNotZero(long firstBlock, long count) throws IOException {
        ByteBuffer entries = ByteBuffer.allocate(ENTRIES_AT_ONCE * Integer.BYTES);
        long end = Math.min(count, known - firstBlock);
        for (long done = 0; done < end; done += ENTRIES_AT_ONCE) {
            entries.clear().limit((int) Math.min(ENTRIES_AT_ONCE, end - done) * Integer.BYTES);
            file.read(HEADER_BYTES + (firstBlock + done) * Integer.BYTES, entries);
            int at = entries.flip().mismatch(ZEROES.slice(0, entries.limit()));
            if (at >= 0) {
                return done + at / Integer.BYTES;
            }
        }
        return -1;
    }

    void force() throws IOException {
        file.flush();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
