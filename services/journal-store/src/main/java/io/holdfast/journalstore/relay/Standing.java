package io.holdfast.journalstore.relay;

/** How a journal knows a place that it once had (docs/extended-replication.md). */
public enum Standing {
    /** It has it, and everything that follows. */
    KNOWN,
    /** Its head is before the place: it stopped without having flushed, and applies again what it had. */
    AHEAD,
    /** It left the history, or this is another history. */
    UNKNOWN
}
