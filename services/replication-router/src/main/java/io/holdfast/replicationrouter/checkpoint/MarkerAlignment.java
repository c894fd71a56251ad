package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Collects one marker per stream of a group. A stream whose marker is here sends nothing more to Kafka until the record is there. */
public final class MarkerAlignment {
    private final Set<StreamId> missing;
    private final Map<StreamId, StreamPosition> positions = new HashMap<>();

    public MarkerAlignment(Set<StreamId> streams) {
        if (streams.isEmpty()) {
            throw new IllegalArgumentException("a cut needs a stream");
        }
        missing = new HashSet<>(streams);
    }

    /**
     * The batch that ends with the stream's marker is with the producer.
     *
     * @return false when no marker of the stream was missing
     */
    public boolean mark(StreamId stream, StreamPosition position) {
        if (!missing.remove(stream)) {
            return false;
        }
        positions.put(stream, position);
        return true;
    }

    public boolean awaits(StreamId stream) {
        return missing.contains(stream);
    }

    /** Whether the stream's marker is here: what comes behind it has to wait. */
    public boolean has(StreamId stream) {
        return positions.containsKey(stream);
    }

    public boolean complete() {
        return missing.isEmpty();
    }

    /** One per stream whose marker is here. */
    public Map<StreamId, StreamPosition> positions() {
        return Map.copyOf(positions);
    }
}
