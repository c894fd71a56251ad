package io.holdfast.journalstore.apply;

/** What is to be done with a batch. */
public sealed interface BatchVerdict {
    /** Of an epoch that is over. */
    record StaleEpoch() implements BatchVerdict {}

    /** Every record is in the journal already. */
    record Duplicate() implements BatchVerdict {}

    /** The stream has a gap that this batch does not end. */
    record StillGapped() implements BatchVerdict {}

    /**
     * The records from {@code skip} on are next.
     *
     * @param skip leading records that are in the journal already
     * @param newEpoch the stream's volumes count as out of sync from here
     */
    record Apply(int skip, boolean newEpoch) implements BatchVerdict {}

    /** Records are missing before this batch. */
    record Gap() implements BatchVerdict {}
}
