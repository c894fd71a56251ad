package io.holdfast.protectiongroup.adapter.wire;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.capacity.TrafficReading;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.dataplane.StreamWord;
import io.holdfast.protectiongroup.membership.KnownVm;
import io.holdfast.proto.v1.CaptureMode;
import io.holdfast.proto.v1.JournalEvent;
import io.holdfast.proto.v1.StreamStatus;
import io.holdfast.proto.v1.StreamVolumeStatus;
import io.holdfast.proto.v1.SyncState;
import io.holdfast.proto.v1.VmState;
import io.holdfast.proto.v1.VolumeReportEntry;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Messages of other parts as our values. What breaks the contract is refused with {@code INVALID_REQUEST} or
 * {@code INVALID_ID} and so ends in the dead letters, with the field's name.
 */
public final class Heard {
    private static final int BLOCK_BYTES = 4096;
    private static final int MAX_TEXT = 1000;

    private Heard() {}

    public static KnownVm vm(VmState state) {
        return new KnownVm(
                VmId.parse(state.getVmId()),
                state.getName(),
                state.getAgentId().isEmpty() ? Optional.empty() : Optional.of(AgentId.parse(state.getAgentId())),
                state.getVolumesList().stream().map(Heard::volume).toList(),
                state.getVolumesList().stream().anyMatch(volume -> volume.getCapture() == CaptureMode.INTERVAL));
    }

    private static KnownVm.KnownVolume volume(VolumeReportEntry entry) {
        Optional<KnownVm.Obstacle> obstacle = Optional.empty();
        if (!entry.getProtectable()) {
            obstacle = Optional.of(new KnownVm.Obstacle(
                    entry.getReasonCode().isEmpty() ? "NOT_PROTECTABLE" : cut(entry.getReasonCode()),
                    entry.getReason().isEmpty() ? "The inventory gives no reason." : cut(entry.getReason())));
        } else if (entry.getSizeBytes() <= 0 || entry.getSizeBytes() % BLOCK_BYTES != 0) {
            obstacle = Optional.of(new KnownVm.Obstacle(
                    "SIZE_NOT_ALIGNED",
                    "The size of %s bytes is no multiple of 4096."
                            .formatted(Long.toUnsignedString(entry.getSizeBytes()))));
        }
        return new KnownVm.KnownVolume(
                VolumeId.parse(entry.getVolumeId()), entry.getName(), entry.getSizeBytes(), obstacle);
    }

    /** @param event one with a status */
    public static JournalWord journal(JournalEvent event, Instant receivedAt) {
        var status = event.getStatus();
        JournalWord.State state =
                switch (status.getState()) {
                    case APPLYING -> JournalWord.State.APPLYING;
                    case GAP -> JournalWord.State.GAP;
                    case NO_SPACE -> JournalWord.State.NO_SPACE;
                    case DAMAGED -> JournalWord.State.DAMAGED;
                    case JOURNAL_STATE_UNSPECIFIED, UNRECOGNIZED -> throw malformed("state", status.getStateValue());
                };
        Optional<JournalWord.Cut> newest = status.getNewestCheckpointId().isEmpty()
                ? Optional.empty()
                : Optional.of(cut(
                        status.getNewestCheckpointId(),
                        "newest_checkpoint_cut_at_micros",
                        status.getNewestCheckpointCutAtMicros()));
        Optional<Instant> oldest = status.getOldestCheckpointCutAtMicros() == 0
                ? Optional.empty()
                : Optional.of(
                        Micros.instant("oldest_checkpoint_cut_at_micros", status.getOldestCheckpointCutAtMicros()));
        return new JournalWord(
                cut(event.getJournalStoreId()),
                Micros.instant("at_micros", event.getAtMicros()),
                receivedAt,
                state,
                cut(status.getStateCode()),
                cut(status.getStateMessage()),
                new JournalWord.Room(
                        status.getSizeBytes(),
                        status.getSizeLimitBytes(),
                        status.getFullAtMicros() == 0
                                ? Optional.empty()
                                : Optional.of(Micros.instant("full_at_micros", status.getFullAtMicros()))),
                status.getCheckpointCount(),
                newest,
                oldest,
                status.getVolumesInSync(),
                status.getVolumeCount());
    }

    public static JournalWord.Cut cut(String checkpointId, String field, long cutAtMicros) {
        return new JournalWord.Cut(CheckpointId.parse(checkpointId), Micros.instant(field, cutAtMicros));
    }

    public static StreamWord stream(StreamStatus status, Instant receivedAt) {
        Map<VolumeId, StreamWord.VolumeProgress> volumes = new HashMap<>();
        status.getVolumesList().forEach(volume -> volumes.put(VolumeId.parse(volume.getVolumeId()), progress(volume)));
        return new StreamWord(
                AgentId.parse(status.getAgentId()),
                Micros.instant("observed_at_micros", status.getObservedAtMicros()),
                receivedAt,
                status.getConnected(),
                status.getRingUsedBytes(),
                status.getRingLimitBytes(),
                status.getRateBytesPerSecond(),
                cut(status.getNoCheckpointReason()),
                volumes);
    }

    /**
     * What the stream has counted.
     *
     * @return empty = nothing is counted, or the numbers are those of an earlier word
     */
    public static Optional<TrafficReading> traffic(StreamStatus status) {
        if (!status.getConnected() || !status.hasCapturedBytes()) {
            return Optional.empty();
        }
        boolean steady = status.getVolumesCount() > 0
                && status.getVolumesList().stream().allMatch(volume -> volume.getState() == SyncState.IN_SYNC);
        return Optional.of(new TrafficReading(
                Micros.instant("observed_at_micros", status.getObservedAtMicros()),
                count("captured_bytes", status.getCapturedBytes()),
                count("sent_bytes", status.getSentBytes()),
                steady));
    }

    private static long count(String field, long bytes) {
        if (bytes < 0) {
            throw malformed(field, Long.toUnsignedString(bytes));
        }
        return bytes;
    }

    private static StreamWord.VolumeProgress progress(StreamVolumeStatus volume) {
        StreamWord.SyncState state =
                switch (volume.getState()) {
                    case UNSYNCED -> StreamWord.SyncState.UNSYNCED;
                    case SYNCING -> StreamWord.SyncState.SYNCING;
                    case IN_SYNC -> StreamWord.SyncState.IN_SYNC;
                    case BITMAP -> StreamWord.SyncState.BITMAP;
                    case SYNC_STATE_UNSPECIFIED, UNRECOGNIZED ->
                        throw malformed("volumes.state", volume.getStateValue());
                };
        return new StreamWord.VolumeProgress(
                state, volume.getSyncTotalBytes(), volume.getSyncDoneBytes(), volume.getDirtyBytes());
    }

    public static HoldfastException malformed(String field, Object value) {
        return new HoldfastException(
                CommonError.INVALID_REQUEST,
                "%s has the value %s, which the contract does not know".formatted(field, value));
    }

    /** Text of others is kept, shown and published again; it gets a bound here. */
    public static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }
}
