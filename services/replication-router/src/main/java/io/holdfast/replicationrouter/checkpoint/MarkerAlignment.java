package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Collects one marker per stream of a group. With one stream it is complete at the first marker; hold-mark-release adds
 * streams here and holds back what comes behind a marker until the others have theirs.
 */
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
     * The stream's marker is at this position.
     *
     * @return the positions of all streams once the last one is there
     */
    public Optional<Map<StreamId, StreamPosition>> mark(StreamId stream, StreamPosition position) {
        if (!missing.remove(stream)) {
            return Optional.empty();
        }
        positions.put(stream, position);
        return missing.isEmpty() ? Optional.of(Map.copyOf(positions)) : Optional.empty();
    }

    public boolean awaits(StreamId stream) {
        return missing.contains(stream);
    }
}
