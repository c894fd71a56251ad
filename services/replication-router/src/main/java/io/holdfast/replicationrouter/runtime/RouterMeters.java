package io.holdfast.replicationrouter.runtime;

import io.holdfast.replicationrouter.checkpoint.Cut;
import io.holdfast.replicationrouter.checkpoint.Discard;

/** What the router counts. Called on the loop; an implementation only counts. */
public interface RouterMeters {
    void sessionOpened();

    void sessionClosed(String reason);

    void rejected(String code);

    void batchForwarded(int sizeBytes);

    /** A batch that was neither forwarded nor acknowledged. */
    void batchDropped(String reason);

    /** From append to Kafka's answer. */
    void produced(long nanos);

    void produceFailed();

    void inFlightBytes(long bytes);

    void checkpointCut(Cut.Kind kind);

    void checkpointDiscarded(Discard why);

    void streamReset(String reason);

    /** {@code code} is OK or an error code. */
    void commandAnswered(String code);
}
