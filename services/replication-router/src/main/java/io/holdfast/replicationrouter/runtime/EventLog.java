package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.StreamId;
import io.holdfast.proto.v1.AgentEvent;
import io.holdfast.proto.v1.StreamStatus;

/** Topics {@code agent-events} and {@code replication-status} as the router writes them. No method blocks or throws. */
public interface EventLog {
    void publish(AgentEvent event);

    void status(StreamId stream, StreamStatus status);

    /** The stream exists no more: its key leaves the compacted topic. */
    void forgetStatus(StreamId stream);
}
