package io.holdfast.journalstore.relay;

import io.holdfast.changestream.Batches;
import io.holdfast.changestream.RecordCodec;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Marker;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.Codec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A batch in the making. Full at 1 MiB; one more change of the largest size still fits then. One thread. */
final class RelayBatch {
    private static final int FULL_BYTES = 1 << 20;
    private static final int ROOM_BYTES = FULL_BYTES + 2 * (Change.MAX_LENGTH_BYTES + RecordCodec.HEADER_BYTES);

    private final ByteBuffer body = ByteBuffer.allocate(ROOM_BYTES);
    private final List<VolumeId> volumes = new ArrayList<>();
    private int records;
    private long newestWrittenAtMicros;
    private Optional<CheckpointId> marker = Optional.empty();

    boolean isFull() {
        return body.position() >= FULL_BYTES
                || records >= RecordCodec.MAX_RECORDS - 1
                || volumes.size() >= RecordCodec.MAX_VOLUMES - 1
                || marker.isPresent();
    }

    boolean isEmpty() {
        return records == 0;
    }

    int records() {
        return records;
    }

    void add(StreamRecord record) {
        int index =
                switch (record) {
                    case Change change -> place(change.volume());
                    case SyncStarted started -> place(started.volume());
                    case SyncCompleted completed -> place(completed.volume());
                    case Marker end -> {
                        marker = Optional.of(end.checkpoint());
                        yield 0;
                    }
                };
        RecordCodec.encode(record, index, body);
        records++;
        newestWrittenAtMicros = Math.max(newestWrittenAtMicros, record.writtenAtMicros());
    }

    private int place(VolumeId volume) {
        int known = volumes.indexOf(volume);
        if (known >= 0) {
            return known;
        }
        volumes.add(volume);
        return volumes.size() - 1;
    }

    /** @param markerCutAtMicros what the marker stands for; ignored without one */
    ChangeBatch seal(StreamId stream, Epoch epoch, Seq first, Codec codec, long markerCutAtMicros) {
        ChangeBatch sealed =
                Batches.seal(stream, epoch, first, volumes, records, body.flip(), codec, marker, newestWrittenAtMicros);
        return marker.isEmpty()
                ? sealed
                : sealed.toBuilder().setMarkerCutAtMicros(markerCutAtMicros).build();
    }
}
