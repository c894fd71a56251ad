package io.holdfast.journalstore.apply;

/**
 * The counters of {@link ApplyState}, stored as they are. Mutable on purpose: they change with every record, in one thread.
 */
public final class AppliedNumbers {
    /** Offset of the first Kafka record that is not in the journal; -1 = the journal has no place in the partition yet. */
    public long nextOffset = -1;

    public long headLsn;
    /** Newest capture time so far. */
    public long lastMicros;
    /** LSN at which the present consistent range began; -1 = the volumes are not all in sync. */
    public long consistentSince = -1;
    /** Last LSN of the newest range that has ended; -1 = none has. */
    public long lastConsistentLsn = -1;
    /** Checkpoints listed so far; also the newest ordinal. */
    public long checkpointsListed;
    /** -1 = none was ever listed. */
    public long newestCheckpointLsn = -1;
    /** Payload and overhead of all changes so far. */
    public long liveBytesAdded;
    /** By {@link DiscardReason#ordinal()}. */
    public final long[] discarded = new long[DiscardReason.values().length];

    /** An independent copy, for other threads to look at. */
    public AppliedNumbers copy() {
        AppliedNumbers copy = new AppliedNumbers();
        copy.nextOffset = nextOffset;
        copy.headLsn = headLsn;
        copy.lastMicros = lastMicros;
        copy.consistentSince = consistentSince;
        copy.lastConsistentLsn = lastConsistentLsn;
        copy.checkpointsListed = checkpointsListed;
        copy.newestCheckpointLsn = newestCheckpointLsn;
        copy.liveBytesAdded = liveBytesAdded;
        System.arraycopy(discarded, 0, copy.discarded, 0, discarded.length);
        return copy;
    }

    public long discardedTotal() {
        long total = 0;
        for (long count : discarded) {
            total += count;
        }
        return total;
    }
}
