package io.holdfast.journalstore.integrity;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The chain over a journal's changes (ADR 0008): the value at LSN n is SHA-256 of the value at n - 1, n, and the headers of all parts of
 * change n, in order. A header holds the CRC-32C of its part's payload, so a payload that differs gives another value, but for a chance of 2^-32.
 *
 * <p>One link for each change, not for each batch: however batches were cut, repeated or overlapped on their way, the same history has the
 * same chain. One thread.
 */
public final class HistoryChain {
    /** Bytes of a part that are chained. */
    public static final int HEADER_BYTES = 32;

    private final MessageDigest sha = sha256();
    private final byte[] value;
    private final byte[] input = new byte[Long.BYTES + HEADER_BYTES];
    private long lsn;
    /** LSN whose link is not closed yet; its next part may follow. */
    private long open = -1;

    public HistoryChain(ChainPlace from) {
        value = from.digest().bytes();
        lsn = from.lsn();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    /**
     * Takes the next part of the history; what lies at or before the chain's place is passed over.
     *
     * @param part its first {@value #HEADER_BYTES} bytes are the header; position and limit are left alone
     * @throws IllegalArgumentException when changes were left out before {@code at}
     */
    public void add(long at, ByteBuffer part) {
        if (at <= lsn) {
            return;
        }
        if (at == open) {
            part.get(0, input, 0, HEADER_BYTES);
            sha.update(input, 0, HEADER_BYTES);
            return;
        }
        close();
        if (at != lsn + 1) {
            throw new IllegalArgumentException("the chain is at LSN %d; LSN %d does not follow".formatted(lsn, at));
        }
        ByteBuffer.wrap(input).putLong(at);
        part.get(0, input, Long.BYTES, HEADER_BYTES);
        sha.update(value);
        sha.update(input);
        open = at;
    }

    private void close() {
        if (open < 0) {
            return;
        }
        try {
            sha.digest(value, 0, Digest.BYTES);
        } catch (DigestException bufferHasTheRightSize) {
            throw new IllegalStateException(bufferHasTheRightSize);
        }
        lsn = open;
        open = -1;
    }

    /** The value with everything that was added; every part of the last change must be in. */
    public ChainPlace place() {
        close();
        return new ChainPlace(lsn, Digest.of(value));
    }

    /** LSN of the newest change that was added. */
    public long lsn() {
        return open < 0 ? lsn : open;
    }

    /** Goes on from another place. */
    public void restart(ChainPlace from) {
        sha.reset();
        open = -1;
        System.arraycopy(from.digest().bytes(), 0, value, 0, Digest.BYTES);
        lsn = from.lsn();
    }
}
