package io.holdfast.replicationrouter.checkpoint;

/**
 * The one cut that a group may have outstanding.
 *
 * <pre>
 *          order                all markers                 Kafka has the record
 *   Idle ─────────► Ordered ──────────────────► Writing ──────────────────────────► Idle (cut)
 *     ▲                │ timeout, stream lost,     │ Kafka failed
 *     └────────────────┴ policy changed ───────────┴──────────────────────────────► Idle (discarded)
 * </pre>
 *
 * <p>A cut in Writing survives the end of the session: the marker's batch and the record are on their way to Kafka together.
 */
sealed interface CutState {
    record Idle() implements CutState {
        Ordered order(Cut cut, MarkerAlignment alignment, long nowNanos, long deadlineNanos) {
            return new Ordered(cut, alignment, nowNanos, deadlineNanos);
        }
    }

    record Ordered(Cut cut, MarkerAlignment alignment, long orderedAtNanos, long deadlineNanos) implements CutState {
        Writing complete() {
            return new Writing(cut);
        }

        Idle discard() {
            return new Idle();
        }

        boolean late(long nowNanos) {
            return nowNanos - deadlineNanos >= 0;
        }
    }

    record Writing(Cut cut) implements CutState {
        Idle done() {
            return new Idle();
        }
    }
}
