package io.holdfast.changestream;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.Crc32c;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Discard;
import io.holdfast.kernel.change.StreamRecord.Marker;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.StreamRecord.Zero;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The bytes of stream records, as drawn in {@code proto/change-records.md}: a header of 32 bytes, then the payload.
 *
 * <p>Stateless and safe for any number of threads. All integers are big-endian whatever the buffer's order says.
 */
public final class RecordCodec {
    public static final int HEADER_BYTES = 32;
    /** Most volumes that one batch can name. */
    public static final int MAX_VOLUMES = 256;
    /** Most records in one batch. */
    public static final int MAX_RECORDS = 65_536;

    private static final int MARKER_PAYLOAD_BYTES = 16;
    private static final int FLAG_SYNC = 1;

    private static final int DATA = 1;
    private static final int ZERO = 2;
    private static final int DISCARD = 3;
    private static final int SYNC_STARTED = 4;
    private static final int SYNC_COMPLETED = 5;
    private static final int MARKER = 6;

    private RecordCodec() {}

    /** Bytes that {@link #encode} writes for this record. */
    public static int encodedLength(StreamRecord record) {
        return HEADER_BYTES
                + switch (record) {
                    case Data data -> data.length();
                    case Marker _ -> MARKER_PAYLOAD_BYTES;
                    case Zero _, Discard _, SyncStarted _, SyncCompleted _ -> 0;
                };
    }

    /**
     * Writes one record at the buffer's position and moves the position behind it. The record's own buffers keep their
     * positions.
     *
     * @param volumeIndex place of the record's volume in the batch's table, 0 to 255; ignored for a {@link Marker}
     * @throws java.nio.BufferOverflowException when fewer than {@link #encodedLength} bytes are left; what was written then
     *     is undefined
     */
    public static void encode(StreamRecord record, int volumeIndex, ByteBuffer out) {
        switch (record) {
            case Data data -> {
                header(out, DATA, flags(data), volumeIndex, data.length(), data.offset(), data.writtenAtMicros());
                out.putInt(data.crc32c())
                        .putInt(data.length())
                        .put(data.payload().duplicate());
            }
            case Zero zero -> encodeEmpty(ZERO, zero, volumeIndex, out);
            case Discard discard -> encodeEmpty(DISCARD, discard, volumeIndex, out);
            case SyncStarted started -> {
                int kind = started.kind().wireCode();
                header(out, SYNC_STARTED, 0, volumeIndex, kind, 0, started.writtenAtMicros());
                out.putLong(0);
            }
            case SyncCompleted completed -> {
                header(out, SYNC_COMPLETED, 0, volumeIndex, 0, 0, completed.writtenAtMicros());
                out.putLong(0);
            }
            case Marker marker -> {
                ByteBuffer id = idBytes(marker.checkpoint());
                header(out, MARKER, 0, 0, 0, 0, marker.writtenAtMicros());
                out.putInt(Crc32c.of(id)).putInt(MARKER_PAYLOAD_BYTES).put(id);
            }
        }
    }

    private static void encodeEmpty(int type, Change change, int volumeIndex, ByteBuffer out) {
        header(out, type, flags(change), volumeIndex, change.length(), change.offset(), change.writtenAtMicros());
        out.putLong(0);
    }

    private static int flags(Change change) {
        return change.sync() ? FLAG_SYNC : 0;
    }

    private static void header(
            ByteBuffer out, int type, int flags, int volumeIndex, int length, long offset, long writtenAtMicros) {
        out.put((byte) type).put((byte) flags).putShort((short) volumeIndex).putInt(length);
        out.putLong(offset).putLong(writtenAtMicros);
    }

    private static ByteBuffer idBytes(CheckpointId id) {
        UUID uuid = id.value();
        return ByteBuffer.allocate(MARKER_PAYLOAD_BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .flip();
    }

    /**
     * Reads exactly {@code count} records and expects nothing behind them. Payloads are read-only slices of {@code body}, so
     * the body must not be changed or reused while the records live. Payload checksums are verified.
     *
     * @param volumes the batch's table
     * @throws HoldfastException {@code MALFORMED_BATCH} or {@code CHANGE_CHECKSUM_MISMATCH}, naming the record's place
     */
    public static List<StreamRecord> decode(ByteBuffer body, int count, List<VolumeId> volumes) {
        // Every record has at least a header, so a count that the body cannot hold is refused before anything is
        // allocated.
        if (count < 0 || count > MAX_RECORDS || (long) count * HEADER_BYTES > body.remaining()) {
            throw malformed(0, "a body of %d bytes cannot hold %d records".formatted(body.remaining(), count));
        }
        ByteBuffer in = body.duplicate();
        List<StreamRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            StreamRecord record = decodeOne(in, i, volumes);
            if (record instanceof Marker && i != count - 1) {
                throw malformed(i, "a marker stands before the end of its batch");
            }
            records.add(record);
        }
        if (in.hasRemaining()) {
            throw malformed(count, in.remaining() + " bytes follow the last record");
        }
        return records;
    }

    private static StreamRecord decodeOne(ByteBuffer in, int place, List<VolumeId> volumes) {
        if (in.remaining() < HEADER_BYTES) {
            throw malformed(place, "the header needs %d bytes, %d are left".formatted(HEADER_BYTES, in.remaining()));
        }
        int type = in.get();
        int flags = in.get();
        int volumeIndex = Short.toUnsignedInt(in.getShort());
        int length = in.getInt();
        long offset = in.getLong();
        long writtenAtMicros = in.getLong();
        int crc = in.getInt();
        int payloadLength = in.getInt();

        int expectedPayload =
                switch (type) {
                    case DATA -> length;
                    case MARKER -> MARKER_PAYLOAD_BYTES;
                    default -> 0;
                };
        if (payloadLength != expectedPayload || payloadLength < 0 || payloadLength > in.remaining()) {
            throw malformed(
                    place,
                    "payload length %d does not fit type %d, length %d, %d bytes left"
                            .formatted(payloadLength, type, length, in.remaining()));
        }
        boolean change = type == DATA || type == ZERO || type == DISCARD;
        if ((flags & ~FLAG_SYNC) != 0 || (!change && flags != 0)) {
            throw malformed(place, "unknown flags " + flags);
        }
        if (change) {
            requireRange(place, type, offset, length);
        } else if (offset != 0 || (type != SYNC_STARTED && length != 0)) {
            throw malformed(place, "a control record with offset %d, length %d".formatted(offset, length));
        }
        if (payloadLength == 0 && crc != 0) {
            throw malformed(place, "a checksum without a payload");
        }
        ByteBuffer payload = in.slice(in.position(), payloadLength);
        in.position(in.position() + payloadLength);
        if (payloadLength > 0 && Crc32c.of(payload) != crc) {
            throw new HoldfastException(
                    ChangeStreamError.CHANGE_CHECKSUM_MISMATCH,
                    "record %d (type %d, offset %d, length %d) does not match its checksum"
                            .formatted(place, type, offset, length));
        }

        boolean sync = flags == FLAG_SYNC;
        return switch (type) {
            // Read-only behind the checksum: of a read-only buffer on the heap the JDK's can only read a copy.
            case DATA ->
                new Data(
                        volume(place, volumeIndex, volumes),
                        offset,
                        payload.asReadOnlyBuffer(),
                        crc,
                        writtenAtMicros,
                        sync);
            case ZERO -> new Zero(volume(place, volumeIndex, volumes), offset, length, writtenAtMicros, sync);
            case DISCARD -> new Discard(volume(place, volumeIndex, volumes), offset, length, writtenAtMicros, sync);
            case SYNC_STARTED ->
                new SyncStarted(volume(place, volumeIndex, volumes), syncKind(place, length), writtenAtMicros);
            case SYNC_COMPLETED -> new SyncCompleted(volume(place, volumeIndex, volumes), writtenAtMicros);
            case MARKER -> {
                if (volumeIndex != 0) {
                    throw malformed(place, "a marker with volume index " + volumeIndex);
                }
                yield new Marker(new CheckpointId(new UUID(payload.getLong(0), payload.getLong(8))), writtenAtMicros);
            }
            default -> throw malformed(place, "unknown type " + type);
        };
    }

    private static void requireRange(int place, int type, long offset, int length) {
        int max = type == DATA ? Change.MAX_LENGTH_BYTES : StreamRecord.MAX_EMPTY_LENGTH_BYTES;
        if (length <= 0
                || length > max
                || length % Block.SIZE_BYTES != 0
                || offset < 0
                || offset % Block.SIZE_BYTES != 0
                || offset > Long.MAX_VALUE - length) {
            throw malformed(
                    place,
                    "offset %d, length %d: whole blocks of %d bytes, at most %d bytes, are allowed"
                            .formatted(offset, length, Block.SIZE_BYTES, max));
        }
    }

    private static VolumeId volume(int place, int index, List<VolumeId> volumes) {
        if (index >= volumes.size()) {
            throw malformed(place, "volume index %d in a table of %d".formatted(index, volumes.size()));
        }
        return volumes.get(index);
    }

    private static SyncKind syncKind(int place, int code) {
        try {
            return SyncKind.ofWireCode(code);
        } catch (IllegalArgumentException unknown) {
            throw malformed(place, unknown.getMessage());
        }
    }

    private static HoldfastException malformed(int place, String why) {
        return new HoldfastException(
                ChangeStreamError.MALFORMED_BATCH, "record %d of the batch: %s".formatted(place, why));
    }
}
