package io.holdfast.replicationrouter.adapter.node;

import io.holdfast.replicationrouter.runtime.RouterMeters;

/** What a node counts beside its router. Called from several threads. */
public interface NodeMeters extends RouterMeters {
    /** An event or status that did not reach Kafka. */
    void eventLost();
}
