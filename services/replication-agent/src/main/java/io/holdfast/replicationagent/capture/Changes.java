package io.holdfast.replicationagent.capture;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Data;
import io.holdfast.kernel.change.StreamRecord.Discard;
import io.holdfast.kernel.change.StreamRecord.Zero;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns a guest's operation into changes of whole blocks. A first or last block that the guest wrote in part is read back from the disk; the caller holds
 * the range lock over the widened range and has written already.
 */
public final class Changes {
    /**
     * Longest payload of one record made here. Below the format's limit, so that little of a segment is lost when a record does not
     * fit its end.
     */
    public static final int MAX_PAYLOAD_BYTES = 128 << 10;

    private Changes() {}

    /** Now, in the unit of the stream. */
    public static long nowMicros() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    }

    static long widenedStart(long offset) {
        return offset & -(long) Block.SIZE_BYTES;
    }

    static long widenedEnd(long end) {
        return (end + Block.SIZE_BYTES - 1) & -(long) Block.SIZE_BYTES;
    }

    /** @param src the bytes written; its position is left alone, its memory is referred to by the changes */
    static List<Change> ofWrite(Volume volume, long offset, ByteBuffer src) throws IOException {
        int length = src.remaining();
        long micros = nowMicros();
        boolean aligned = ((offset | length) & (Block.SIZE_BYTES - 1)) == 0;
        if (aligned && length <= MAX_PAYLOAD_BYTES) {
            return List.of(Data.of(volume.id(), offset, src.slice(), micros, false));
        }
        List<Change> changes = new ArrayList<>();
        long bodyStart = widenedEnd(offset);
        long bodyEnd = Math.max(bodyStart, widenedStart(offset + length));
        addEdge(changes, volume, widenedStart(offset), bodyStart, micros);
        for (long at = bodyStart; at < bodyEnd; at += MAX_PAYLOAD_BYTES) {
            int bytes = (int) Math.min(MAX_PAYLOAD_BYTES, bodyEnd - at);
            ByteBuffer slice = src.slice(src.position() + (int) (at - offset), bytes);
            changes.add(Data.of(volume.id(), at, slice, micros, false));
        }
        addEdge(changes, volume, bodyEnd, widenedEnd(offset + length), micros);
        return changes;
    }

    /** @param discard whether the guest gave the range up rather than zeroed it */
    static List<Change> ofZeroing(Volume volume, long offset, long length, boolean discard) throws IOException {
        long micros = nowMicros();
        List<Change> changes = new ArrayList<>();
        long bodyStart = widenedEnd(offset);
        long bodyEnd = Math.max(bodyStart, widenedStart(offset + length));
        addEdge(changes, volume, widenedStart(offset), bodyStart, micros);
        for (long at = bodyStart; at < bodyEnd; at += StreamRecord.MAX_EMPTY_LENGTH_BYTES) {
            int bytes = (int) Math.min(StreamRecord.MAX_EMPTY_LENGTH_BYTES, bodyEnd - at);
            changes.add(
                    discard
                            ? new Discard(volume.id(), at, bytes, micros, false)
                            : new Zero(volume.id(), at, bytes, micros, false));
        }
        addEdge(changes, volume, bodyEnd, widenedEnd(offset + length), micros);
        return changes;
    }

    /** The block from {@code start} to {@code end} as it is on the disk now; nothing when the range is empty. */
    private static void addEdge(List<Change> changes, Volume volume, long start, long end, long micros)
            throws IOException {
        if (start < end) {
            ByteBuffer block = ByteBuffer.allocate((int) (end - start));
            volume.disk().read(start, block);
            changes.add(Data.of(volume.id(), start, block.flip(), micros, false));
        }
    }
}
