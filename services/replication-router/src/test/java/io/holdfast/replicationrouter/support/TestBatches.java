package io.holdfast.replicationrouter.support;

import io.holdfast.changestream.Batches;
import io.holdfast.changestream.RecordCodec;
import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.proto.v1.Codec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Real batches, as an agent seals them. */
public final class TestBatches {
    public static final VolumeId VOLUME = new VolumeId(new java.util.UUID(3, 3));

    private TestBatches() {}

    /** Records of one 4 KiB block each. */
    public static ChangeBatch of(StreamId stream, long epoch, long first, int records) {
        return of(stream, epoch, first, records, 4096, Optional.empty());
    }

    public static ChangeBatch marker(StreamId stream, long epoch, long first, int records, CheckpointId marker) {
        return of(stream, epoch, first, records, 4096, Optional.of(marker));
    }

    /** {@code records} in all; with a marker, the last of them is it. */
    public static ChangeBatch of(
            StreamId stream, long epoch, long first, int records, int payloadBytes, Optional<CheckpointId> marker) {
        ByteBuffer body = ByteBuffer.allocate(records * (RecordCodec.HEADER_BYTES + payloadBytes));
        Random random = new Random(first);
        for (int i = 0; i < records; i++) {
            boolean last = i == records - 1;
            if (last && marker.isPresent()) {
                RecordCodec.encode(new StreamRecord.Marker(marker.get(), first + i), 0, body);
            } else {
                byte[] payload = new byte[payloadBytes];
                random.nextBytes(payload);
                RecordCodec.encode(
                        StreamRecord.Data.of(VOLUME, 4096L * i, ByteBuffer.wrap(payload), first + i, false), 0, body);
            }
        }
        return Batches.seal(
                stream,
                new Epoch(epoch),
                new Seq(first),
                List.of(VOLUME),
                records,
                body.flip(),
                Codec.NONE,
                marker,
                first + records);
    }
}
