package io.holdfast.journalstore.adapter.rocksdb;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Keys of a journal's database, as drawn in docs/journal-recovery.md. Big-endian throughout, so byte order is numeric order. */
final class Layout {
    static final byte[] STATE = "state".getBytes(StandardCharsets.US_ASCII);
    static final byte[] CHAIN = "chain".getBytes(StandardCharsets.US_ASCII);
    static final byte[] ANCHOR = "anchor".getBytes(StandardCharsets.US_ASCII);
    static final byte[] FORK = "fork".getBytes(StandardCharsets.US_ASCII);
    static final byte[] NOTES = "notes".getBytes(StandardCharsets.US_ASCII);
    static final byte[] AGEING = "ageing".getBytes(StandardCharsets.US_ASCII);

    /** Most payload bytes in one value of {@code changes}. */
    static final int PART_BYTES = 64 << 10;

    static final int CHANGE_KEY_BYTES = 9;
    static final int INDEX_KEY_BYTES = 16;
    /** Bytes of an index key that name the unit; the rest is the LSN. */
    static final int INDEX_UNIT_BYTES = 8;

    static final int LEVEL_BLOCK = 0;
    static final int LEVEL_WIDE = 1;
    /** Blocks in a unit of level 1: 1 MiB. */
    static final int WIDE_BLOCKS = 256;

    static final byte CHECKPOINT = 1;
    static final byte CHECKPOINT_ID = 2;
    static final byte CHECKPOINT_HELD = 3;
    static final byte CHECKPOINT_EXPIRED = 4;
    static final byte MACHINES = 5;

    private Layout() {}

    static byte[] changeKey(long lsn, int part) {
        return ByteBuffer.allocate(CHANGE_KEY_BYTES)
                .putLong(lsn)
                .put((byte) part)
                .array();
    }

    static void changeKey(ByteBuffer out, long lsn, int part) {
        out.clear().putLong(lsn).put((byte) part).flip();
    }

    static void indexKey(ByteBuffer out, int volume, int level, long unit, long lsn) {
        // The level and the 40 bits of the unit share a word.
        out.clear()
                .putShort((short) volume)
                .put((byte) level)
                .put((byte) (unit >>> 32))
                .putInt((int) unit)
                .putLong(~lsn)
                .flip();
    }

    static byte[] indexBound(int volume, int level, long unit) {
        byte[] bound = new byte[INDEX_UNIT_BYTES];
        ByteBuffer.wrap(bound)
                .putShort((short) volume)
                .put((byte) level)
                .put((byte) (unit >>> 32))
                .putInt((int) unit);
        return bound;
    }

    static long unitOf(ByteBuffer indexKey) {
        return ((indexKey.get(3) & 0xFFL) << 32) | (indexKey.getInt(4) & 0xFFFF_FFFFL);
    }

    static long lsnOf(ByteBuffer indexKey) {
        return ~indexKey.getLong(8);
    }

    static byte[] longKey(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    static byte[] rangeKey(long lsn) {
        return ByteBuffer.allocate(1 + Long.BYTES).put((byte) 'r').putLong(lsn).array();
    }

    static byte[] tagged(byte tag, long value) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(tag).putLong(value).array();
    }
}
