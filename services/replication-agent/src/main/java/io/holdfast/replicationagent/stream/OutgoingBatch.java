package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A batch lent to a sender. The bytes stay in the ring and stay unchanged until {@link #close}, even when they are acknowledged or the
 * stream is reset meanwhile.
 *
 * @param records read-only; {@code recordCount} encoded records
 * @param markerAsOfMicros the instant that the marker stands for, when that is before its order; else 0
 */
public record OutgoingBatch(
        StreamId stream,
        Epoch epoch,
        Seq first,
        int recordCount,
        List<VolumeId> volumes,
        ByteBuffer records,
        Optional<CheckpointId> marker,
        long markerAsOfMicros,
        long newestWrittenAtMicros,
        Runnable release)
        implements AutoCloseable {

    @Override
    public void close() {
        release.run();
    }
}
