package io.holdfast.nbd;

/**
 * Block size constraints of a device, in bytes (NBD specification, "Block size constraints"). All are powers of two except that
 * {@code maximum} may be any multiple of {@code minimum}.
 *
 * @param minimum every offset and length of a request is a multiple of it; 1 to 65,536
 * @param preferred the size at which requests are cheapest; at least 512 and at least {@code minimum}, at most 32 MiB
 * @param maximum the largest payload of one read or write; at least {@code preferred}, at most 32 MiB
 */
public record BlockSizes(int minimum, int preferred, int maximum) {
    /** The largest payload this module ever moves in one request: 32 MiB. */
    public static final int PAYLOAD_LIMIT = 32 << 20;

    /** Byte granularity, 4 KiB preferred, 32 MiB maximum: what clients assume when nothing is said. */
    public static final BlockSizes DEFAULT = new BlockSizes(1, 4096, PAYLOAD_LIMIT);

    public BlockSizes {
        if (minimum < 1 || minimum > 65_536 || Integer.bitCount(minimum) != 1) {
            throw new IllegalArgumentException("minimum must be a power of two in 1..65536, was " + minimum);
        }
        if (preferred < Math.max(512, minimum) || preferred > PAYLOAD_LIMIT || Integer.bitCount(preferred) != 1) {
            throw new IllegalArgumentException(
                    "preferred must be a power of two in max(512, minimum)..32 MiB, was " + preferred);
        }
        if (maximum < preferred || maximum > PAYLOAD_LIMIT || maximum % minimum != 0) {
            throw new IllegalArgumentException(
                    "maximum must be a multiple of minimum in preferred..32 MiB, was " + maximum);
        }
    }
}
