package io.holdfast.replicationrouter.runtime;

import io.holdfast.changestream.BatchHeader;
import io.holdfast.kernel.StreamId;
import io.holdfast.proto.v1.ChangeBatch;
import io.holdfast.replicationrouter.flow.InFlightBudget;

/** A batch that its stream's cursor has taken, on its way to Kafka. Its bytes are charged to the in-flight budget. */
record ArrivedBatch(
        AgentSession session,
        SessionStream state,
        int partition,
        BatchHeader header,
        ChangeBatch batch,
        int sizeBytes) {

    StreamId stream() {
        return header.stream();
    }

    /** What the batch used of its agent's credit. */
    int bodyBytes() {
        return batch.getBody().size();
    }

    long chargeBytes() {
        return InFlightBudget.chargeOf(sizeBytes);
    }
}
