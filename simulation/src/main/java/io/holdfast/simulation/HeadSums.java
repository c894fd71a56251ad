package io.holdfast.simulation;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes of what a journal holds at its head, in the form of {@code HashReply}. */
final class HeadSums {
    private static final int HASH_BYTES = 32;

    private final MessageDigest sha256;
    /** Of the largest chunk; all zero but for the stamps, which are written anew for each chunk. */
    private ByteBuffer chunk = ByteBuffer.allocate(0);

    HeadSums() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    byte[] of(MemoryHistory history, int volume, long offset, long length, int chunkBytes) {
        ByteBuffer hashes = ByteBuffer.allocate(HASH_BYTES * Math.toIntExact(Math.ceilDiv(length, chunkBytes)));
        for (long at = offset; at < offset + length; at += chunkBytes) {
            int bytes = (int) Math.min(chunkBytes, offset + length - at);
            if (fill(history, volume, Math.toIntExact(at / Content.SECTOR_BYTES), bytes)) {
                sha256.update(chunk.array(), 0, bytes);
                hashes.put(sha256.digest());
            } else {
                hashes.position(hashes.position() + HASH_BYTES);
            }
        }
        return hashes.array();
    }

    /** False: all of it is zero. */
    private boolean fill(MemoryHistory history, int volume, int firstSector, int bytes) {
        if (chunk.capacity() < bytes) {
            chunk = ByteBuffer.allocate(bytes);
        }
        boolean data = false;
        for (int sector = 0; sector * Content.SECTOR_BYTES < bytes; sector++) {
            long stamp = history.stampAt(volume, firstSector + sector);
            chunk.putLong(sector * Content.SECTOR_BYTES, stamp);
            data |= stamp != 0;
        }
        return data;
    }
}
