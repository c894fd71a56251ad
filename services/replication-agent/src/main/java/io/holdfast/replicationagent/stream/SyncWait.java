package io.holdfast.replicationagent.stream;

/** Why a sync stands still; the names are the codes of {@code VolumeReport.sync_waits_for}. */
public enum SyncWait {
    /** It does not. */
    NONE,
    /** The sync rules allow nothing now. */
    WINDOW_CLOSED,
    /** The ring has no room for copies: what was sent is not acknowledged yet. */
    RING_FULL,
    /** Hashes of the replica are asked for and have not come. */
    WAITING_FOR_JOURNAL,
    /** The group is paused. */
    PAUSED
}
