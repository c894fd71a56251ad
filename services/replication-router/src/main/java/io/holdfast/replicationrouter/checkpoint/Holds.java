package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who holds completions for one cut over several streams, and how each hold ended. A cut of one stream needs no hold.
 *
 * <p>The rule of the protocol: the record may be written only when {@link #confirmed}, that is when every agent answered Held before the first Release was sent, and
 * every agent said afterwards that it went on because of the Release.
 */
final class Holds {
    private final Set<StreamId> notHeld;
    private final Set<StreamId> notEnded;
    private final Map<StreamId, StreamPosition> markers = new HashMap<>();
    private long longestMicros;

    private Holds(Set<StreamId> streams) {
        notHeld = new HashSet<>(streams);
        notEnded = new HashSet<>(streams);
    }

    static Holds of(Set<StreamId> streams) {
        return new Holds(streams.size() == 1 ? Set.of() : streams);
    }

    boolean needed() {
        return !notEnded.isEmpty();
    }

    void held(StreamId stream, StreamPosition marker) {
        if (notHeld.remove(stream)) {
            markers.put(stream, marker);
        }
    }

    boolean allHeld() {
        return notHeld.isEmpty();
    }

    /** Where the agent says that its marker is; empty until it said so. */
    Optional<StreamPosition> markerOf(StreamId stream) {
        return Optional.ofNullable(markers.get(stream));
    }

    /** The agent went on because of the Release. */
    void ended(StreamId stream, long heldMicros) {
        longestMicros = Math.max(longestMicros, heldMicros);
        notEnded.remove(stream);
    }

    boolean awaitsEnd(StreamId stream) {
        return notEnded.contains(stream);
    }

    boolean confirmed() {
        return notHeld.isEmpty() && notEnded.isEmpty();
    }

    long longestMicros() {
        return longestMicros;
    }
}
