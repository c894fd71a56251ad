package io.holdfast.simulation;

/** Rules that a run breaks on purpose, to show that the simulation would notice. */
public enum Mutation {
    NONE,
    /** Kafka's client says "written" before it is. */
    ACKNOWLEDGED_BEFORE_KAFKA_HAS_IT,
    /** Kafka's client sends on behind a record that failed. */
    KAFKA_GOES_ON_BEHIND_A_FAILURE,
    /** Zeroes that a sync sends are taken for unchanged blocks. */
    ZEROES_OF_A_SYNC_ARE_SKIPPED,
    /** Checkpoint records are listed wherever they stand: behind a gap, while a volume syncs. */
    CHECKPOINTS_ARE_LISTED_ANYWHERE,
    /** Marks of the write-intent map stay in memory. */
    MARKS_ARE_NOT_FORCED,
    /** A mark is cleared while the write it stands for is only in the host's cache. */
    MARKS_ARE_CLEARED_BEFORE_THE_DISK_IS_FLUSHED,
    /** The journal's position survives a crash that its changes do not. */
    JOURNAL_POSITION_OUTLIVES_ITS_CHANGES,
    /** The router stamps a checkpoint when it is written, not when it is ordered. */
    CUT_TIME_IS_TAKEN_LATE,
    /** A new agent process goes on in the epoch of the one before. */
    EPOCH_IS_USED_TWICE,
    /** The journal answers a later sync with what it found for an earlier one. */
    HASHES_OF_AN_EARLIER_SYNC_ARE_USED_AGAIN
}
