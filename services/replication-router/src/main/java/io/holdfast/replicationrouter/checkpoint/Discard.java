package io.holdfast.replicationrouter.checkpoint;

/** Why an ordered cut did not become a checkpoint record; the codes of {@code holdfast_router_checkpoints_discarded}. */
public enum Discard {
    /** A marker, or what confirms it, did not come within the limit: an agent ignored the order (a volume fell out of sync) or is slow. */
    TIMED_OUT,
    /** A session that had to bring the marker or confirm it ended, or the stream lost its continuity. */
    STREAM_LOST,
    /** Kafka did not take the checkpoint record, or a batch in front of it. */
    WRITE_FAILED,
    /** The group was paused, removed, or its members changed before the record was written. */
    POLICY_CHANGED,
    /** Another router owns the group's partition now. */
    OWNERSHIP_LOST,
    /** Several streams: an agent could not hold (not in sync, its ring full, another hold on). */
    HOLD_REFUSED,
    /** Several streams: not every agent held within the hold's limit. */
    HOLD_TIMED_OUT,
    /** Several streams: an agent let completions go on before the release reached it. */
    HOLD_EXPIRED,
    /** More came behind the first markers than may wait for the last one. */
    WAITING_ROOM_FULL;

    /** Whether guests may have waited for nothing: such a cut is not tried again soon. */
    boolean costGuestsTime() {
        return this == HOLD_REFUSED || this == HOLD_TIMED_OUT || this == HOLD_EXPIRED;
    }
}
