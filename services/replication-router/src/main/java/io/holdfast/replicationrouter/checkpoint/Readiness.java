package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.StreamId;
import java.util.Set;

/** Whether a group has a consistent place to cut at, now. */
public sealed interface Readiness {
    /** Every volume is in sync on connected agents. */
    record Ready(Set<StreamId> streams, int volumeCount, long policyRevision) implements Readiness {
        public Ready {
            streams = Set.copyOf(streams);
        }
    }

    record Blocked(NoCheckpoint reason) implements Readiness {}
}
