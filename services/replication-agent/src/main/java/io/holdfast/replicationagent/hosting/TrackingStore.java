package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.VolumeId;
import java.util.Set;

/**
 * Remembers over restarts which records of a machine's writes must still be there for them to be complete. A record that is missing means that nobody
 * knows what was written; one too many does no harm.
 */
public interface TrackingStore {
    /** Names of the records; empty when there are none, or when what was noted is damaged. */
    Set<String> load(VolumeId volume);

    /** Durable when it returns. */
    void save(VolumeId volume, Set<String> names);
}
