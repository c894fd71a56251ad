package io.holdfast.journalstore.journal;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Duration;
import java.util.List;

/**
 * What the journal needs to know of a group (topic `policies`).
 *
 * @param revision grows with every change
 * @param partition of topic `changes`, fixed for the life of the group
 * @param limitBytes largest history in bytes; 0 = none
 */
public record JournalPolicy(
        PgId pg,
        long revision,
        String name,
        State state,
        int partition,
        List<Volume> volumes,
        Duration history,
        long limitBytes) {
    /** Whether the group is still protected. */
    public enum State {
        REPLICATE,
        PAUSED,
        /** As PAUSED; a VM of the group runs where it was recovered, so that nothing of it comes here (docs/ownership.md). */
        FAILED_OVER,
        REMOVED
    }

    /** One protected volume. */
    public record Volume(VolumeId id, String name, VmId vm, String vmName, AgentId agent, long sizeBytes) {}

    public JournalPolicy {
        volumes = List.copyOf(volumes);
        if (history.isNegative() || history.isZero()) {
            throw new IllegalArgumentException("the history window is longer than zero, not " + history);
        }
        if (limitBytes < 0 || partition < 0) {
            throw new IllegalArgumentException(
                    "limit %d bytes, partition %d: neither is negative".formatted(limitBytes, partition));
        }
    }
}
