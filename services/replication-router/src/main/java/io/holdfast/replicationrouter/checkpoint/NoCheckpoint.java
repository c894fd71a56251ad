package io.holdfast.replicationrouter.checkpoint;

/** Why no checkpoint of a group is cut now; the codes of {@code StreamStatus.no_checkpoint_reason}. */
public enum NoCheckpoint {
    /** A volume of the group is not in sync, or its state is not known yet in this session. */
    NOT_IN_SYNC,
    PAUSED,
    AGENT_DISCONNECTED,
    /** A cut is ordered and its marker is late. */
    WAITING_FOR_MARKER,
    /** The last cut was discarded because not all agents held completions together. */
    HOLD_FAILED
}
