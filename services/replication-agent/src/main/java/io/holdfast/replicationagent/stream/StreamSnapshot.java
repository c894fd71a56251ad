package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.id.VolumeId;
import java.util.List;

/**
 * A stream's numbers at one moment, for heartbeats, metrics and the status page. Sizes are bytes, instants microseconds.
 *
 * @param equalBytes found equal by syncs since the start, and not sent
 * @param knownEqualBytes of these: known to be equal, and not read
 */
public record StreamSnapshot(
        Epoch epoch,
        long newestSeq,
        long ackedSeq,
        long ringUsedBytes,
        long ringLimitBytes,
        long oldestUnackedAtMicros,
        long sentBytes,
        long overflows,
        boolean paused,
        long equalBytes,
        long knownEqualBytes,
        List<VolumeSnapshot> volumes) {

    /**
     * @param syncTotalBytes 0 while no sync is under way
     * @param syncEqualBytes part of {@code syncDoneBytes} that was found equal and not sent
     * @param syncRemainingMs estimate; 0 = no honest one
     */
    public record VolumeSnapshot(
            VolumeId volume,
            SyncState state,
            long syncTotalBytes,
            long syncDoneBytes,
            long dirtyBytes,
            long capturedBytes,
            long syncEqualBytes,
            long syncRemainingMs,
            SyncWait syncWaitsFor) {}

    /** Bytes that guests changed since the start. */
    public long capturedBytes() {
        return volumes.stream().mapToLong(VolumeSnapshot::capturedBytes).sum();
    }
}
