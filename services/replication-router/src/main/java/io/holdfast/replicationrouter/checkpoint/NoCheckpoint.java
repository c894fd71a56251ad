package io.holdfast.replicationrouter.checkpoint;

/** Why no checkpoint of a group is cut now; the codes of {@code StreamStatus.no_checkpoint_reason}. */
public enum NoCheckpoint {
    /** A volume of the group is not in sync, or its state is not known yet in this session. */
    NOT_IN_SYNC,
    PAUSED,
    /** More than one agent has volumes of the group; hold, mark, release is not built yet. */
    SEVERAL_STREAMS,
    AGENT_DISCONNECTED,
    /** A cut is ordered and its marker is late. */
    WAITING_FOR_MARKER
}
