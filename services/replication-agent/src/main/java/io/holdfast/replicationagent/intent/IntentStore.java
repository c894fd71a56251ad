package io.holdfast.replicationagent.intent;

import java.io.IOException;

/**
 * Where one volume's write-intent map is kept: a row of sectors, each replaced as a whole or not at all by a crash.
 *
 * <p>Threads: one call at a time.
 */
public interface IntentStore extends AutoCloseable {
    /** Regions in one sector. */
    int REGIONS_PER_SECTOR = 62 * Long.SIZE;

    int WORDS_PER_SECTOR = REGIONS_PER_SECTOR / Long.SIZE;

    /** Replaces a sector's {@link #WORDS_PER_SECTOR} words. Durable after the next {@link #force}. */
    void write(int sector, long[] words) throws IOException;

    void force() throws IOException;

    /**
     * Makes sure, durably, that the map is not believed after a restart.
     *
     * @throws IOException when even that is impossible
     */
    void invalidate() throws IOException;

    @Override
    void close() throws IOException;
}
