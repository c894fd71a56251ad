package io.holdfast.journalstore.adapter.store;

import io.holdfast.kernel.id.PgId;
import java.time.Duration;

/** Whether a journal has read what Kafka has for it. Thread-safe. */
public interface Arrivals {
    /**
     * @param limit how long it may take
     * @return true = the journal's {@code nextOffset}, as its snapshot has it, is behind every record that Kafka had acknowledged when this was called; false = it is not, or
     *     nobody knows
     */
    boolean allRead(PgId pg, Duration limit);
}
