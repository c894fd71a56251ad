package io.holdfast.protectiongroup.lifecycle;

/** Why a protected group is brought into sync again; stored and shown by name. */
public enum ResyncReason {
    /** An agent reports a volume as unsynced, syncing or overflowed into its bitmap. */
    VOLUME_OUT_OF_SYNC,
    /** The policy has a volume that its agent does not replicate yet: a new disk (F22), or a VM that moved to another host. */
    VOLUME_ADDED,
    /** The journal has fewer volumes in sync than the group has. */
    JOURNAL_OUT_OF_SYNC,
    /** The journal misses a part of a stream. */
    JOURNAL_GAP,
    /** Replication was paused and goes on. */
    RESUMED,
    /** A failover was given up; its source goes on, and may have been stopped meanwhile. */
    FAILOVER_CANCELLED,
    /** After a failover the source owns the VMs again. */
    RETURNED
}
