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

    /** Batches that wait behind a marker. */
    void waitingRoomBytes(long bytes);

    /** From the order to hold until all agents of a group held. */
    void allHeld(long nanos);

    /** One agent's hold. */
    void holdEnded(long heldMicros, boolean expired);

    /** One agent's freeze. */
    void guestsFrozen(long micros);

    /** A checkpoint that was asked for as APP is CRASH; the code says why. */
    void appCheckpointFailed(String code);

    void checkpointCut(Cut.Kind kind);

    void checkpointDiscarded(Discard why);

    void streamReset(String reason);

    /** A question about a replica; {@code code} is OK or an error code. */
    void hashesAnswered(String code);

    /** Ranges that an agent was told to send again. */
    void rangesResent(int ranges);

    /** A journal named something that is no range; {@code code} says why. */
    void resendRefused(String code);

    /** {@code code} is OK or an error code. */
    void commandAnswered(String code);
}
