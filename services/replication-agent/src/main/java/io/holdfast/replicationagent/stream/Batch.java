package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Optional;

/**
 * Consecutive records in one segment that travel together. Its bounds never change once it is sealed, so a resend is the same batch.
 *
 * <p>Threads: {@link #next} is guarded by the stream's lock.
 */
final class Batch {
    final Segment segment;
    final int from;
    final int to;
    final long firstSeq;
    final int recordCount;
    final List<VolumeId> volumes;
    final Optional<CheckpointId> marker;
    /** The instant that the marker stands for; 0 = when it was ordered. */
    final long markerAsOfMicros;

    final long oldestMicros;
    final long newestMicros;
    /** The batch behind this one, or null. */
    Batch next;

    Batch(
            Segment segment,
            int from,
            int to,
            long firstSeq,
            int recordCount,
            List<VolumeId> volumes,
            Optional<CheckpointId> marker,
            long markerAsOfMicros,
            long oldestMicros,
            long newestMicros) {
        this.segment = segment;
        this.from = from;
        this.to = to;
        this.firstSeq = firstSeq;
        this.recordCount = recordCount;
        this.volumes = volumes;
        this.marker = marker;
        this.markerAsOfMicros = markerAsOfMicros;
        this.oldestMicros = oldestMicros;
        this.newestMicros = newestMicros;
    }

    long lastSeq() {
        return firstSeq + recordCount - 1;
    }
}
