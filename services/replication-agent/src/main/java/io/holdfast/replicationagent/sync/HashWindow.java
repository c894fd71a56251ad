package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.Block;
import io.holdfast.replicationagent.capture.RegionSet;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** What a replica holds in consecutive regions, as their hashes. Immutable but for its scratch: one thread at a time. */
final class HashWindow {
    static final int HASH_BYTES = 32;

    private final int first;
    private final byte[] hashes;
    private final MessageDigest digest;

    /** @param hashes {@link #HASH_BYTES} for each region from {@code first} on; all zero = the region is zeroes */
    HashWindow(int first, byte[] hashes) {
        this.first = first;
        this.hashes = hashes;
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    int end() {
        return first + hashes.length / HASH_BYTES;
    }

    boolean covers(int region) {
        return region >= first && region < end();
    }

    /** Whether the replica holds zeroes in the region. */
    boolean isZero(int region) {
        int at = (region - first) * HASH_BYTES;
        for (int i = at; i < at + HASH_BYTES; i++) {
            if (hashes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether the replica holds these bytes in the region; from position to limit, both are left alone. */
    boolean holds(int region, ByteBuffer bytes) {
        boolean zero = isAllZero(bytes);
        if (zero || isZero(region)) {
            return zero && isZero(region);
        }
        digest.update(bytes.duplicate());
        int at = (region - first) * HASH_BYTES;
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

    /** Hashes of so many regions. */
    static int bytesOf(int regions) {
        return regions * HASH_BYTES;
    }

    /** One hash per region: the size of a chunk. */
    static final int CHUNK_BYTES = RegionSet.SYNC_REGION_BYTES;
}
