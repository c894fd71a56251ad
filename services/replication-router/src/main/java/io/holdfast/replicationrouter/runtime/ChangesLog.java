package io.holdfast.replicationrouter.runtime;

import io.holdfast.proto.v1.ChangesRecord;

/**
 * Topic {@code changes} as the router writes it.
 *
 * <p>Contract: records of a partition are written in the order of the calls. Once one record of a generation fails, every
 * record that was appended after it fails as well and is never written, until the caller has been told of all failures:
 * a hole is impossible, whatever Kafka does. Completions come on the router's loop, in order per partition.
 */
public interface ChangesLog {
    /** Never blocks: the caller's byte budget bounds what waits. */
    void append(int partition, ChangesRecord record, Completion completion);

    interface Completion {
        /** Durable with acks=all. */
        void written();

        /** Not acknowledged by Kafka; it may be there or not. */
        void failed(String why);
    }
}
