package io.holdfast.changestream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Optional;

/**
 * What a batch says about itself, checked.
 *
 * @param first seq of the first record
 * @param recordCount 1 to {@link RecordCodec#MAX_RECORDS}
 * @param volumes the table that records refer to
 * @param marker the checkpoint whose marker is the last record
 * @param newestWrittenAtMicros capture time of the newest record
 */
public record BatchHeader(
        StreamId stream,
        Epoch epoch,
        Seq first,
        int recordCount,
        List<VolumeId> volumes,
        Optional<CheckpointId> marker,
        long newestWrittenAtMicros) {

    public BatchHeader {
        volumes = List.copyOf(volumes);
    }

    /** Seq of the last record. */
    public Seq last() {
        return first.plus(recordCount - 1L);
    }

    /** The stream's position once the batch is applied. */
    public StreamPosition end() {
        return new StreamPosition(epoch, last());
    }
}
