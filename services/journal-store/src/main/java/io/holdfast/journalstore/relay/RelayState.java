package io.holdfast.journalstore.relay;

import io.holdfast.kernel.Lsn;

/**
 * Where one relayed group stands (docs/extended-replication.md).
 *
 * <pre>
 *  Waiting ──► Copying ◄──► Shipping ──► Resting
 *     └──────────────────────► ▲ └─────────┘ │
 *                              └─────────────┘
 * </pre>
 *
 * Any state ends in Waiting when the target asks for a reset, the place has left the history, or the session ends.
 */
public sealed interface RelayState {
    /** Nothing can be sent. */
    record Waiting(Reason reason) implements RelayState {}

    /** The target has the volumes as of {@code at}, before the cursor. */
    record Copying(Place at, Cursor cursor) implements RelayState {}

    /**
     * The target has, before the cursor, everything up to {@code done}; the changes up to {@code to} follow.
     *
     * @param syncOpen the volumes are not in sync at the target until the end of this step
     */
    record Shipping(Lsn done, Place to, Cursor cursor, boolean syncOpen) implements RelayState {}

    /** The target has exactly {@code at}, and its volumes are in sync. */
    record Resting(Place at) implements RelayState {}

    /** Why nothing is sent; shown as it stands. */
    enum Reason {
        /** Not begun in this session yet. */
        NOT_BEGUN,
        /** No journal here has all the volumes that the target asked for. */
        NO_JOURNAL,
        /** The journal stopped without having flushed and has not applied all of it again: the target has more than it. */
        JOURNAL_BEHIND,
        /** The machines run where they were recovered; what they write comes from there (docs/extended-replication.md). */
        FAILED_OVER,
        /** The journal has no checkpoint yet. */
        NO_CHECKPOINT,
        /** The target's group is paused. */
        PAUSED
    }

    /** A word for status and logs. */
    default String label() {
        return switch (this) {
            case Waiting _ -> "WAITING";
            case Copying _ -> "COPYING";
            case Shipping _ -> "SHIPPING";
            case Resting _ -> "RESTING";
        };
    }

    default boolean inSync() {
        return switch (this) {
            case Waiting _, Copying _ -> false;
            case Shipping shipping -> !shipping.syncOpen();
            case Resting _ -> true;
        };
    }
}
