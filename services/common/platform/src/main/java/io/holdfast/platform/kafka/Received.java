package io.holdfast.platform.kafka;

import java.time.Instant;
import java.util.Optional;

/**
 * One record as a handler gets it.
 *
 * @param reader name of the reader, under which positions are stored
 * @param key empty text when the record has none
 * @param message empty = tombstone
 * @param writtenAt when Kafka or its producer dated the record
 */
public record Received<M>(
        String reader, Topic topic, int partition, long offset, Instant writtenAt, String key, Optional<M> message) {
    /** Where the reader goes on when this record is done. */
    public long nextOffset() {
        return offset + 1;
    }

    /** For log lines. */
    public String position() {
        return topic.baseName() + "/" + partition + "@" + offset;
    }
}
