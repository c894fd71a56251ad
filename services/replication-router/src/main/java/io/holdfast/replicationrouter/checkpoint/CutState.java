package io.holdfast.replicationrouter.checkpoint;

import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.StreamPosition;
import java.util.Map;
import java.util.Set;

/**
 * The one cut that a group may have outstanding.
 *
 * <pre>
 *            APP                                several streams
 *   Idle ───────► Freezing ──all frozen, or a failure──► Holding ──all held──► Marking ──everything is there──► Writing ──► Idle (cut)
 *     │                        └────────one stream──────────────────────────────►  ▲                              │
 *     ├──────────────several streams───────────────────────►Holding                │                              │ Kafka failed
 *     └──────────────one stream────────────────────────────────────────────────────┘                              ▼
 *   Freezing, Holding, Marking ──a limit, a refusal, an expired hold, stream lost, policy changed──────────► Idle (discarded)
 * </pre>
 *
 * <p>A cut in Writing survives the end of a session: the marker's batches and the record are on their way to Kafka together.
 */
sealed interface CutState {
    record Idle() implements CutState {}

    /** What a cut that is not written yet has gathered. */
    sealed interface Underway extends CutState {
        Cut cut();

        Evidence evidence();

        long deadlineNanos();

        /** The marked state is older than the order: a relay marks what was cut earlier. */
        Underway notLaterThan(long cutAtMicros);

        default boolean late(long nowNanos) {
            return nowNanos - deadlineNanos() >= 0;
        }

        default Idle discard() {
            return new Idle();
        }
    }

    /** What the record rests on, gathered step by step. */
    record Evidence(Set<StreamId> streams, MarkerAlignment markers, Holds holds, Freezes freezes) {
        Evidence(Set<StreamId> streams, boolean app) {
            this(streams, new MarkerAlignment(streams), Holds.of(streams), app ? Freezes.of(streams) : Freezes.none());
        }

        /** Whether the markers are one consistent place, and known to be. */
        boolean crashConsistent() {
            return markers.complete() && holds.confirmed();
        }

        boolean settled() {
            return crashConsistent() && freezes.settled();
        }

        Map<StreamId, StreamPosition> positions() {
            return markers.positions();
        }
    }

    /** Guests of the group are asked to freeze. */
    record Freezing(Cut cut, Evidence evidence, long deadlineNanos) implements Underway {
        @Override
        public Freezing notLaterThan(long cutAtMicros) {
            return new Freezing(cut.notLaterThan(cutAtMicros), evidence, deadlineNanos);
        }
    }

    /** Agents are asked to hold completions and put their markers. */
    record Holding(Cut cut, Evidence evidence, long orderedAtNanos, long deadlineNanos) implements Underway {
        /** All hold: {@code markersDeadlineNanos} is the limit of what remains. */
        Marking release(long markersDeadlineNanos) {
            return new Marking(cut, evidence, orderedAtNanos, markersDeadlineNanos);
        }

        @Override
        public Holding notLaterThan(long cutAtMicros) {
            return new Holding(cut.notLaterThan(cutAtMicros), evidence, orderedAtNanos, deadlineNanos);
        }
    }

    /** Markers are on their way, and so is what confirms them. */
    record Marking(Cut cut, Evidence evidence, long orderedAtNanos, long deadlineNanos) implements Underway {
        Writing write() {
            return new Writing(cut);
        }

        @Override
        public Marking notLaterThan(long cutAtMicros) {
            return new Marking(cut.notLaterThan(cutAtMicros), evidence, orderedAtNanos, deadlineNanos);
        }
    }

    record Writing(Cut cut) implements CutState {
        Idle done() {
            return new Idle();
        }
    }
}
