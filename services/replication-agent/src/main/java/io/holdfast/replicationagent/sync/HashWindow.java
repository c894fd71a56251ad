package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.Block;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.TapCapture;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * What a replica holds in consecutive regions, as hashes of whole regions or of each block in them. Immutable but for its scratch: one thread at a time.
 */
final class HashWindow {
    static final int HASH_BYTES = 32;
    /** Each byte of what stands for a chunk that is known to be equal. */
    private static final byte KNOWN_EQUAL = (byte) 0xfe;

    private final int first;
    private final Grain grain;
    private final byte[] hashes;
    private final Optional<TapCapture> capture;
    private final MessageDigest digest;

    /** What one hash stands for. */
    enum Grain {
        REGION(RegionSet.SYNC_REGION_BYTES),
        BLOCK(Block.SIZE_BYTES);

        private final int bytes;

        Grain(int bytes) {
            this.bytes = bytes;
        }

        int bytes() {
            return bytes;
        }

        /** Bytes of the hashes of so many bytes of a volume; the last of them may be the volume's last. */
        int hashesOf(long length) {
            return HASH_BYTES * Math.toIntExact(Math.ceilDiv(length, bytes));
        }

        private int perRegion() {
            return RegionSet.SYNC_REGION_BYTES / bytes;
        }
    }

    /**
     * @param hashes {@link #HASH_BYTES} for each grain from the region {@code first} on; all zero = it is zeroes
     * @param capture of the volume when it was asked for, if the question named it
     */
    HashWindow(int first, Grain grain, byte[] hashes, Optional<TapCapture> capture) {
        this.capture = capture;
        this.first = first;
        this.grain = grain;
        this.hashes = hashes;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    int end() {
        return first + Math.ceilDiv(hashes.length / HASH_BYTES, grain.perRegion());
    }

    Grain grain() {
        return grain;
    }

    /** Whether the replica holds zeroes in the region. */
    boolean isZero(int region) {
        int at = indexOf(region);
        int end = Math.min(hashes.length / HASH_BYTES, at + grain.perRegion());
        while (at < end) {
            if (!isZeroHash(at++)) {
                return false;
            }
        }
        return true;
    }

    private int indexOf(int region) {
        return (region - first) * grain.perRegion();
    }

    private boolean isZeroHash(int index) {
        return isAll(index, (byte) 0);
    }

    private boolean isAll(int index, byte value) {
        int at = index * HASH_BYTES;
        for (int i = at; i < at + HASH_BYTES; i++) {
            if (hashes[i] != value) {
                return false;
            }
        }
        return true;
    }

    /**
     * With hashes of regions: whether the replica holds what the volume's disk held when this capture began, and nothing has been written to the region since. Exact for a holder of the range
     * lock over it, else a hint.
     *
     * @param current of the volume now
     */
    boolean isKnownEqual(int region, Optional<TapCapture> current) {
        return grain == Grain.REGION
                && capture.isPresent()
                && current.equals(capture)
                && isAll(indexOf(region), KNOWN_EQUAL)
                && !capture.get().isWritten(region);
    }

    /** With hashes of regions: whether the replica holds these bytes in the region; from position to limit, both are left alone. */
    boolean holds(int region, ByteBuffer bytes) {
        return holds(indexOf(region), bytes, isAllZero(bytes));
    }

    /**
     * With hashes of blocks: whether the replica holds a block.
     *
     * @param zero whether it is all zeroes
     */
    boolean holdsBlock(int region, int blockOfRegion, ByteBuffer block, boolean zero) {
        return holds(indexOf(region) + blockOfRegion, block, zero);
    }

    private boolean holds(int index, ByteBuffer bytes, boolean zero) {
        boolean zeroThere = isZeroHash(index);
        if (zero || zeroThere) {
            return zero && zeroThere;
        }
        digest.update(bytes.duplicate());
        int at = index * HASH_BYTES;
        return Arrays.equals(digest.digest(), 0, HASH_BYTES, hashes, at, at + HASH_BYTES);
    }

    private static boolean isAllZero(ByteBuffer bytes) {
        for (int at = bytes.position(); at < bytes.limit(); at += Block.SIZE_BYTES) {
            if (!ZeroScan.isZero(bytes, at)) {
                return false;
            }
        }
        return true;
    }
}
