package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.Block;
import java.nio.ByteBuffer;

/** Finds blocks of zeroes. Stateless. */
final class ZeroScan {
    private static final ByteBuffer ZEROES =
            ByteBuffer.allocateDirect(Block.SIZE_BYTES).asReadOnlyBuffer();

    private ZeroScan() {}

    /** Whether the block that begins at index {@code at} of the buffer is all zeroes. */
    static boolean isZero(ByteBuffer buffer, int at) {
        return buffer.slice(at, Block.SIZE_BYTES).mismatch(ZEROES.duplicate()) < 0;
    }
}
