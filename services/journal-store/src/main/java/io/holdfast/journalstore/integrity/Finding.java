package io.holdfast.journalstore.integrity;

/**
 * Something in a journal that is not as it was written.
 *
 * @param lsn the change; -1 = none in particular
 * @param volumeIndex -1 = not known
 * @param block first block of that volume that is concerned; -1 = not known
 * @param blocks how many; 0 = not known
 * @param what one sentence
 */
public record Finding(Kind kind, long lsn, int volumeIndex, long block, int blocks, String what) {
    /** What it concerns. The names stand in stored results. */
    public enum Kind {
        /** A table file of the database. */
        TABLE,
        /** A change's header or payload, or a change that is missing. */
        CHANGE,
        /** Changes that are sound each and are not the ones that were applied. */
        CHAIN,
        /** The index and the changes do not name each other. */
        INDEX,
        CHECKPOINT,
        /** Blocks of a replica image. */
        IMAGE
    }

    public static Finding ofChange(long lsn, String what) {
        return new Finding(Kind.CHANGE, lsn, -1, -1, 0, what);
    }

    public static Finding of(Kind kind, String what) {
        return new Finding(kind, -1, -1, -1, 0, what);
    }

    public static Finding at(Kind kind, long lsn, String what) {
        return new Finding(kind, lsn, -1, -1, 0, what);
    }

    /** Whether it says which blocks hold wrong bytes. */
    public boolean namesBlocks() {
        return blocks > 0;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (lsn >= 0) {
            text.append("LSN ").append(lsn).append(": ");
        }
        if (block >= 0) {
            text.append("volume index ")
                    .append(volumeIndex)
                    .append(", block ")
                    .append(block)
                    .append(": ");
        }
        return text.append(what).toString();
    }
}
