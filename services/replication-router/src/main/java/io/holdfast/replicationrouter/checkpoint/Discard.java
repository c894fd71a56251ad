package io.holdfast.replicationrouter.checkpoint;

/** Why an ordered cut did not become a checkpoint record. */
public enum Discard {
    /** No marker within the limit: the agent ignored the order (a volume fell out of sync) or is slow. */
    TIMED_OUT,
    /** The session that had to bring the marker ended, or the stream lost its continuity. */
    STREAM_LOST,
    /** Kafka did not take the checkpoint record. */
    WRITE_FAILED,
    /** The group was paused, removed, or its members changed before the marker came. */
    POLICY_CHANGED
}
