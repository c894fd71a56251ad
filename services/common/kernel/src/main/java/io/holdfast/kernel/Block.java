package io.holdfast.kernel;

/** The unit of capture: every change covers whole blocks (architecture, section 3). */
public final class Block {
    /** Bytes per block. Part of the stream and journal formats: changing it means a new format version. */
    public static final int SIZE_BYTES = 4096;

    private Block() {}

    /** The number of the block that holds the byte at {@code offset}. */
    public static long indexOf(long offset) {
        return offset / SIZE_BYTES;
    }

    public static long offsetOf(long index) {
        return index * SIZE_BYTES;
    }
}
