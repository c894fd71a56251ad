package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Discard;
import io.holdfast.kernel.change.StreamRecord.Zero;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The 32 bytes before a part's payload in {@code changes}: {@code volume 2, type 1, flags 1, length 4, offset 8, written_at_micros 8,
 * crc of the payload part 4, crc of the 28 bytes before 4}. Length and offset are those of the whole change.
 */
record PartHeader(int volume, int type, boolean sync, int length, long offset, long writtenAtMicros, int payloadCrc) {
    static final int BYTES = 32;
    static final int DATA = 1;
    static final int ZERO = 2;
    static final int DISCARD = 3;
    /** No change of a volume: a commit made a new lineage begin here. Length and offset are 0. */
    static final int LINEAGE = 4;

    /** In the place of a volume's index where there is none. */
    private static final int NO_VOLUME = 0xFFFF;

    static int typeOf(Change change) {
        return switch (change) {
            case Data _ -> DATA;
            case Zero _ -> ZERO;
            case Discard _ -> DISCARD;
        };
    }

    /** Writes a header at the start of a direct buffer and leaves the position behind it. */
    static void write(ByteBuffer out, int volume, Change change, int payloadCrc) {
        write(
                out,
                new PartHeader(
                        volume,
                        typeOf(change),
                        change.sync(),
                        change.length(),
                        change.offset(),
                        change.writtenAtMicros(),
                        payloadCrc));
    }

    /** As {@link #write(ByteBuffer, int, Change, int)}, of the LSN that a lineage begins with. */
    static void writeLineage(ByteBuffer out, long micros) {
        write(out, new PartHeader(NO_VOLUME, LINEAGE, false, 0, 0, micros, 0));
    }

    private static void write(ByteBuffer out, PartHeader header) {
        out.clear()
                .putShort((short) header.volume)
                .put((byte) header.type)
                .put((byte) (header.sync ? 1 : 0))
                .putInt(header.length)
                .putLong(header.offset)
                .putLong(header.writtenAtMicros)
                .putInt(header.payloadCrc)
                .putInt(crcOf(out, BYTES - Integer.BYTES));
    }

    /** Whether this changes a volume. */
    boolean isChange() {
        return type != LINEAGE;
    }

    /** Reads a header from the start of a value, or null when it is not one. */
    static PartHeader read(ByteBuffer value) {
        if (value.limit() < BYTES || value.getInt(28) != crcOf(value, BYTES - Integer.BYTES)) {
            return null;
        }
        return new PartHeader(
                Short.toUnsignedInt(value.getShort(0)),
                value.get(2),
                value.get(3) == 1,
                value.getInt(4),
                value.getLong(8),
                value.getLong(16),
                value.getInt(24));
    }

    /** Bytes of payload that part {@code part} of this change has. */
    int payloadOf(int part) {
        return type == DATA ? Math.min(Layout.PART_BYTES, length - part * Layout.PART_BYTES) : 0;
    }

    int parts() {
        return type == DATA ? Math.ceilDiv(length, Layout.PART_BYTES) : 1;
    }

    /** True when the value behind this header is the part it should be, byte for byte. */
    boolean matches(ByteBuffer value, int part) {
        int payload = payloadOf(part);
        if (payload < 0 || value.limit() != BYTES + payload) {
            return false;
        }
        return payload == 0 || crcOf(value.slice(BYTES, payload), payload) == payloadCrc;
    }

    static int crcOf(ByteBuffer buffer, int length) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.duplicate().position(0).limit(length));
        return (int) crc.getValue();
    }
}
