package io.holdfast.protectiongroup.lifecycle;

/** What a person can ask of a group. */
public enum Command {
    START,
    PAUSE,
    RESUME,
    /** Cut and name a checkpoint now. */
    CHECKPOINT,
    /** Change the name, the objectives or the exclusions. */
    EDIT,
    REMOVE,
    /** A recovery run takes the group's VMs from their source (docs/ownership.md). */
    FAIL_OVER,
    CANCEL_FAILOVER,
    COMMIT_FAILOVER,
    /** After a failover: the VMs' source owns them again. */
    RETURN
}
