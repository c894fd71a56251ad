package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.apply.BatchVerdict;
import io.holdfast.journalstore.apply.DiscardReason;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.kernel.error.HoldfastException;

/** What became of one Kafka record. */
public sealed interface Applied {
    /** At an offset that the journal has passed. */
    record AlreadyPassed() implements Applied {}

    /**
     * A batch was judged.
     *
     * @param changes changes stored
     * @param bytes payload stored
     */
    record Batch(BatchVerdict verdict, long changes, long bytes) implements Applied {}

    record Listed(Checkpoint checkpoint) implements Applied {}

    /** The record was delivered before under another offset. */
    record ListedBefore() implements Applied {}

    record Discarded(DiscardReason reason) implements Applied {}

    /** The record cannot be taken and belongs into the dead letters; its stream is marked GAP if it has one. */
    record Refused(HoldfastException cause) implements Applied {}
}
