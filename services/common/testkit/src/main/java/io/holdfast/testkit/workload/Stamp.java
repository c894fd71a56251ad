package io.holdfast.testkit.workload;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.Crc32c;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * What stands in a written block: which operation wrote it, where, and a checksum over all of it. A block that is torn, lies in the
 * wrong place or comes from another run is told apart from one that is merely old.
 *
 * <pre>
 *  0 magic (8)  8 seed (8)  16 seq (8)  24 block (8)  32 disk (4)  36 crc32c of the rest (4)  40 filler …
 * </pre>
 *
 * Half of the filler is random and half of it repeats, so that compression has something to do and something to fail at.
 */
final class Stamp {
    /** The block holds zeroes: never written, zeroed or discarded. */
    static final long ZEROED = 0;

    private static final long MAGIC = 0x484F_4C44_4641_5354L; // "HOLDFAST"
    private static final int CRC_AT = 36;

    private Stamp() {}

    /** Writes one block at the buffer's position. */
    static void put(ByteBuffer out, long seed, long seq, int disk, long block) {
        int start = out.position();
        out.putLong(MAGIC)
                .putLong(seed)
                .putLong(seq)
                .putLong(block)
                .putInt(disk)
                .putInt(0);
        SplittableRandom random = new SplittableRandom(seed + seq * 31 + block);
        while (out.position() < start + Block.SIZE_BYTES / 2) {
            out.putLong(random.nextLong());
        }
        while (out.position() < start + Block.SIZE_BYTES) {
            out.putLong(seq);
        }
        out.putInt(start + CRC_AT, Crc32c.of(out.slice(start, Block.SIZE_BYTES)));
    }

    /**
     * The operation that wrote this block, or {@link #ZEROED}.
     *
     * @throws AssertionError when the block is neither whole nor zero, or belongs elsewhere; says what was found
     */
    static long read(ByteBuffer block, long seed, int disk, long blockNumber) {
        if (block.getLong(0) == 0) {
            requireZero(block, disk, blockNumber);
            return ZEROED;
        }
        ByteBuffer copy =
                ByteBuffer.allocate(Block.SIZE_BYTES).put(block.duplicate()).flip();
        int crc = copy.getInt(CRC_AT);
        copy.putInt(CRC_AT, 0);
        if (copy.getLong(0) != MAGIC || Crc32c.of(copy) != crc) {
            throw new AssertionError("disk %d block %d is torn or foreign: starts with %016x, claims seq %d"
                    .formatted(disk, blockNumber, copy.getLong(0), copy.getLong(16)));
        }
        if (copy.getLong(8) != seed || copy.getLong(24) != blockNumber || copy.getInt(32) != disk) {
            throw new AssertionError("disk %d block %d holds block %d of disk %d, seq %d, seed %d"
                    .formatted(
                            disk, blockNumber, copy.getLong(24), copy.getInt(32), copy.getLong(16), copy.getLong(8)));
        }
        return copy.getLong(16);
    }

    private static void requireZero(ByteBuffer block, int disk, long blockNumber) {
        for (int at = 0; at < Block.SIZE_BYTES; at += Long.BYTES) {
            if (block.getLong(at) != 0) {
                throw new AssertionError(
                        "disk %d block %d begins with zeroes and is torn at byte %d".formatted(disk, blockNumber, at));
            }
        }
    }
}
