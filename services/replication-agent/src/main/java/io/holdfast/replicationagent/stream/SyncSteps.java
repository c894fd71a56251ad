package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.stream.SyncState.Bitmap;
import io.holdfast.replicationagent.stream.SyncState.InSync;
import io.holdfast.replicationagent.stream.SyncState.Syncing;
import io.holdfast.replicationagent.stream.SyncState.Unsynced;
import java.util.List;

/**
 * The steps of a stream's syncs (docs/sync-states.md): begin, copy, complete. A step that is not possible now changes nothing and may be tried again.
 *
 * <p>Threads: any.
 */
public final class SyncSteps {
    private final StreamCore core;

    SyncSteps(StreamCore core) {
        this.core = core;
    }

    /** Where the volume stands now. */
    public SyncState stateOf(StreamVolume member) {
        return core.ask(() -> member.state);
    }

    /** Puts SyncStarted into the stream when the volume waits for a sync and the ring has drained. False: not now. */
    public boolean tryBegin(StreamVolume member) {
        return core.attempt(() -> core.has(member) && tryBeginFrom(member));
    }

    private boolean tryBeginFrom(StreamVolume member) {
        return switch (member.state) {
            case Unsynced unsynced -> begin(member, unsynced.begin());
            case Bitmap bitmap -> core.ring.usedBytes() <= core.limits.drainedBytes() && begin(member, bitmap.begin());
            case Syncing _, InSync _ -> false;
        };
    }

    private boolean begin(StreamVolume member, Syncing next) {
        SyncKind kind = next.kind();
        if (!core.appendControl(member, new SyncStarted(member.id(), kind, Changes.nowMicros()))) {
            return false;
        }
        member.untouched = kind == SyncKind.INITIAL ? allOf(member) : null;
        member.state = next;
        return true;
    }

    private static RegionSet allOf(StreamVolume member) {
        RegionSet all = new RegionSet(member.volume().size(), RegionSet.SYNC_REGION_BYTES);
        all.addAll();
        return all;
    }

    /**
     * Puts SyncCompleted into the stream when no region of the volume is dirty and every other volume's pending sync stands in the stream
     * ({@link StreamCore#allSyncsAreAnnounced}). False: not now.
     */
    public boolean tryComplete(StreamVolume member) {
        return core.attempt(() -> {
            if (!core.has(member)
                    || !(member.state instanceof Syncing syncing)
                    || !member.volume().dirty().isEmpty()
                    || !core.allSyncsAreAnnounced()
                    || !core.appendControl(member, new SyncCompleted(member.id(), Changes.nowMicros()))) {
                return false;
            }
            if (syncing.kind() == SyncKind.INITIAL || syncing.kind() == SyncKind.FULL) {
                member.wholeSyncSeq = core.ring.newestSeq();
            }
            member.untouched = null;
            member.state = syncing.complete();
            return true;
        });
    }

    /** Whether a copy of about this many bytes would find room now. */
    public boolean hasRoomForCopy(long bytes) {
        return core.ask(() -> core.isMoving() && core.ring.usedBytes() + bytes <= core.limits.copyBytes());
    }

    /** Whether zeroes in these bytes need not be sent: nothing was ever appended for them, and the replica began as zeroes. */
    public boolean isUntouched(StreamVolume member, long offset, long length) {
        return core.ask(() -> member.untouched != null && member.untouched.containsAll(offset, length));
    }

    /**
     * Appends what a sync read from the range and takes the range off the dirty regions, both or neither. The caller holds the range lock over
     * the range since before it read.
     */
    public boolean appendCopy(StreamVolume member, long offset, long length, List<Change> changes) {
        return core.attempt(() -> {
            if (!core.has(member)
                    || !(member.state instanceof Syncing)
                    || !core.takes(changes, core.limits.copyBytes())) {
                return false;
            }
            if (changes.isEmpty()) {
                core.touch(member, offset, length);
            } else {
                core.appendChanges(member, offset, length, changes);
            }
            member.volume().dirty().remove(offset, length);
            return true;
        });
    }
}
