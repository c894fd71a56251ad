package io.holdfast.replicationagent.stream;

/** Is told, outside of every lock and possibly often, that a stream has something for somebody. Must not block. */
public interface StreamListener {
    /** A batch can be sent, or the linger time of one has begun. */
    void sendable();

    /** Room came free, or a volume waits for a sync. */
    void copyable();
}
