package io.holdfast.journalstore.integrity;

import io.holdfast.kernel.id.PgId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The chain's value at an LSN.
 *
 * @param lsn 0 = before the first change
 */
public record ChainPlace(long lsn, Digest digest) {
    /** Stored as lsn 8, digest 32. */
    public static final int BYTES = Long.BYTES + Digest.BYTES;

    public ChainPlace {
        Objects.requireNonNull(digest, "digest");
    }

    /**
     * Where a chain begins that has nothing before it. Depends on the group and the LSN alone, so that the same records give the same
     * digests in every journal that takes them.
     *
     * @param lsn 0 for a new journal; the head of one that got its chain later
     */
    public static ChainPlace begin(PgId pg, long lsn) {
        byte[] start = "holdfast journal chain 1 %s %d".formatted(pg, lsn).getBytes(StandardCharsets.US_ASCII);
        return new ChainPlace(lsn, Digest.of(HistoryChain.sha256().digest(start)));
    }

    public byte[] encode() {
        return ByteBuffer.allocate(BYTES).putLong(lsn).put(digest.bytes()).array();
    }

    /** @throws IllegalArgumentException when the bytes are not a place */
    public static ChainPlace decode(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException(
                    "a place of the chain has %d bytes, not %d".formatted(BYTES, bytes.length));
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        long lsn = in.getLong();
        byte[] digest = new byte[Digest.BYTES];
        in.get(digest);
        return new ChainPlace(lsn, Digest.of(digest));
    }
}
