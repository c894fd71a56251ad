package io.holdfast.journalstore.adapter.files;

import io.holdfast.nbd.BlockDevice;
import java.io.IOException;

/** A volume that a committed session's writes go into, and what has to be saved before they may. */
public interface InPlace {
    /** The volume itself. */
    BlockDevice volume();

    /** How many blocks from {@code first} on, at most {@code limit}, have the same answer: positive = they may be overwritten at once. */
    long overwritableRun(long first, long limit);

    /** Saves what stands in the run; it may be overwritten after {@link #seal}. */
    void save(long first, long count) throws IOException;

    /** Makes everything that was saved durable. */
    void seal() throws IOException;
}
