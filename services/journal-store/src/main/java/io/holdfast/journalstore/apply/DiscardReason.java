package io.holdfast.journalstore.apply;

/** Why a checkpoint record was not listed. The order is part of the journal's format (counters). */
public enum DiscardReason {
    /** Its positions are not the journal's. */
    POSITION_MISMATCH,
    /** A volume is not in sync, or their number differs. */
    NOT_IN_SYNC
}
