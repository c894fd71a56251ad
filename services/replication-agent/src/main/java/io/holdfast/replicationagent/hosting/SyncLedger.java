package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.util.Optional;

/** Remembers over restarts which volumes have a replica that a write-intent map can bring up to date. */
public interface SyncLedger {
    /**
     * @param pg the group that the volume was last replicated for
     * @param whole whether the replica once became equal to the disk, durably, and nothing but marked regions changed since
     */
    record Entry(PgId pg, boolean whole) {}

    /** Empty when the volume was never replicated. An unreadable entry counts as not whole. */
    Optional<Entry> find(VolumeId volume);

    /** Durable when it returns. */
    void put(VolumeId volume, Entry entry);
}
