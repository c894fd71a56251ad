package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.change.SyncKind;
import java.util.Objects;

/**
 * Where a volume stands on the way to being equal at the recovery site. The decision table is {@code docs/sync-states.md}; the transitions are the
 * methods here, and a state that does not allow one does not have it.
 *
 * <pre>
 *  Unsynced(due) ──begin──► Syncing(kind) ──complete──► InSync ──overflow──► Bitmap ──begin──► Syncing(BITMAP)
 *       ▲                        │                        │                     │
 *       └──────── lose ──────────┴────────────────────────┴─────────────────────┘
 * </pre>
 */
public sealed interface SyncState {

    /** Nothing of the volume is being sent; a sync of kind {@code due} is next. */
    record Unsynced(SyncKind due) implements SyncState {
        public Unsynced {
            Objects.requireNonNull(due, "due");
        }

        /** SyncStarted stands in the stream. */
        public Syncing begin() {
            return new Syncing(due);
        }
    }

    /** Between SyncStarted and SyncCompleted: dirty regions are being copied, writes to clean ones are captured. */
    record Syncing(SyncKind kind) implements SyncState {
        public Syncing {
            Objects.requireNonNull(kind, "kind");
        }

        /** No region is dirty, and SyncCompleted stands in the stream. */
        public InSync complete() {
            return new InSync();
        }
    }

    /** Every write is captured; the replica equals the disk at this place of the stream. */
    record InSync() implements SyncState {
        /** The ring is full, the group is paused, or a local write failed: regions are noted from here on. */
        public Bitmap overflow() {
            return new Bitmap();
        }
    }

    /** Writes are noted as dirty regions until the ring has drained. */
    record Bitmap() implements SyncState {
        /** SyncStarted stands in the stream. */
        public Syncing begin() {
            return new Syncing(SyncKind.BITMAP);
        }
    }

    /** Continuity is lost, or the volume leaves its stream: everything counts as different. */
    default Unsynced lose() {
        return new Unsynced(SyncKind.FULL);
    }

    /** Writes of a live volume may be missed: what they were is sent when it is known. A sync of the whole volume goes on as such. */
    default Unsynced interrupt() {
        return switch (this) {
            case Unsynced same -> same;
            case Syncing syncing
            when syncing.kind() == SyncKind.INITIAL || syncing.kind() == SyncKind.FULL -> new Unsynced(SyncKind.FULL);
            case Syncing _, InSync _, Bitmap _ -> new Unsynced(SyncKind.DELTA);
        };
    }
}
