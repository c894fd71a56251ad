package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.ByteBuffer;

/**
 * How far ageing is: {@code dropped <= image <= tail} (docs/journal-recovery.md). Stored as version 1 and the five numbers, 8 bytes each.
 *
 * @param tail nothing before it can be opened
 * @param image what the replica images hold for sure
 * @param dropped changes up to here are deleted
 * @param bytesDropped of {@code liveBytesAdded}
 * @param checkpointsExpired of {@code checkpointsListed}
 */
record AgeingPosition(long tail, long image, long dropped, long bytesDropped, long checkpointsExpired) {
    static final AgeingPosition START = new AgeingPosition(0, 0, 0, 0, 0);
    private static final byte VERSION = 1;

    AgeingPosition withTail(long now, long moreExpired) {
        return new AgeingPosition(now, image, dropped, bytesDropped, checkpointsExpired + moreExpired);
    }

    AgeingPosition withImage(long now) {
        return new AgeingPosition(tail, now, dropped, bytesDropped, checkpointsExpired);
    }

    AgeingPosition withDropped(long now, long moreBytes) {
        return new AgeingPosition(tail, image, now, bytesDropped + moreBytes, checkpointsExpired);
    }

    byte[] encode() {
        return ByteBuffer.allocate(1 + 5 * Long.BYTES)
                .put(VERSION)
                .putLong(tail)
                .putLong(image)
                .putLong(dropped)
                .putLong(bytesDropped)
                .putLong(checkpointsExpired)
                .array();
    }

    /** @throws HoldfastException {@code JOURNAL_DAMAGED} for a row of the recovery table that cannot be */
    static AgeingPosition decode(byte[] bytes, long head) {
        if (bytes == null) {
            return START;
        }
        if (bytes.length != 1 + 5 * Long.BYTES || bytes[0] != VERSION) {
            throw new HoldfastException(JournalError.JOURNAL_DAMAGED, "the journal's ageing position cannot be read");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 1, 5 * Long.BYTES);
        AgeingPosition at = new AgeingPosition(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
        if (at.dropped > at.image || at.image > at.tail || at.tail > head) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED, "impossible ageing position %s with head %d".formatted(at, head));
        }
        return at;
    }
}
