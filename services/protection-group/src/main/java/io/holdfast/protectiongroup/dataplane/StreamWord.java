package io.holdfast.protectiongroup.dataplane;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * The last that a router said about one agent's stream of a group.
 *
 * @param observedAt the router's clock
 * @param receivedAt our clock when it was read
 * @param noCheckpointReason stable code of why no checkpoint is cut now; empty = they are being cut
 */
public record StreamWord(
        AgentId agent,
        Instant observedAt,
        Instant receivedAt,
        boolean connected,
        long ringUsedBytes,
        long ringLimitBytes,
        long rateBytesPerSecond,
        String noCheckpointReason,
        Map<VolumeId, VolumeProgress> volumes) {

    public StreamWord {
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(observedAt, "observedAt");
        Objects.requireNonNull(receivedAt, "receivedAt");
        volumes = Map.copyOf(volumes);
    }

    public enum SyncState {
        UNSYNCED,
        SYNCING,
        IN_SYNC,
        BITMAP
    }

    /**
     * @param syncTotalBytes of the sync under way; 0 when none is
     * @param dirtyBytes noted and not yet sent
     */
    public record VolumeProgress(SyncState state, long syncTotalBytes, long syncDoneBytes, long dirtyBytes) {}

    /**
     * Whether the word says anything about volumes. A router speaks of a stream as soon as its agent is connected, and knows the
     * volumes only from the agent's first heartbeat: until then an empty list means "not known yet" and not "none".
     */
    public boolean tellsOfVolumes() {
        return connected && !volumes.isEmpty();
    }

    /** As {@link JournalWord#age}. */
    public Duration age(Instant now, Duration clockTolerance) {
        Duration sinceRead = Duration.between(receivedAt, now);
        Duration sinceSaid = Duration.between(observedAt, now).minus(clockTolerance);
        return sinceRead.compareTo(sinceSaid) >= 0 ? sinceRead : sinceSaid;
    }

    /** What is believed after one more word was read; as {@link JournalWord#after}. */
    public static StreamWord after(StreamWord held, StreamWord read) {
        boolean overtaken = read.observedAt().isBefore(held.observedAt())
                && !read.observedAt().isBefore(held.observedAt().minus(JournalWord.REORDER_WINDOW));
        boolean repeated = read.observedAt().equals(held.observedAt()) && read.connected() == held.connected();
        return overtaken || repeated ? held : read;
    }
}
