package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.Seq;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.SyncCompleted;
import io.holdfast.kernel.change.StreamRecord.SyncStarted;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.stream.SyncState.Bitmap;
import io.holdfast.replicationagent.stream.SyncState.InSync;
import io.holdfast.replicationagent.stream.SyncState.Syncing;
import io.holdfast.replicationagent.stream.SyncState.Unsynced;
import java.util.List;
import java.util.Optional;

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
        member.baseSeq = core.ring.newestSeq();
        member.untouched = compares(member, kind) ? member.startUntouched() : null;
        member.equalBytes = 0;
        member.remainingMs = 0;
        member.state = next;
        return true;
    }

    /** A bitmap is what was written a moment ago: comparing pays when so much is noted that most of it may be equal. */
    private boolean compares(StreamVolume member, SyncKind kind) {
        double dirtyPercent =
                100.0 * member.volume().dirty().bytes() / member.volume().size();
        return kind != SyncKind.BITMAP || dirtyPercent > core.rules.resyncThresholdPercent();
    }

    /** The sync that is under way, if it compares. */
    public Optional<SyncBase> baseOf(StreamVolume member) {
        return core.ask(() -> comparingBase(member));
    }

    private Optional<SyncBase> comparingBase(StreamVolume member) {
        return core.has(member) && member.state instanceof Syncing && member.untouched != null
                ? Optional.of(new SyncBase(core.epoch, new Seq(member.baseSeq)))
                : Optional.empty();
    }

    /** Whether SyncStarted of the sync under way is acknowledged: before, asking what the replica holds after it is in vain. */
    public boolean isBaseAcked(StreamVolume member) {
        return core.ask(() -> core.ring.ackedSeq() >= member.baseSeq);
    }

    /** What the group's syncs keep to. */
    public SyncRules rules() {
        return core.ask(() -> core.rules);
    }

    /** What the copier has to say about the sync; for reports only. */
    public void report(StreamVolume member, SyncWait waitsFor, long remainingMs) {
        member.waitsFor = waitsFor;
        member.remainingMs = remainingMs;
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

    /** Whether the sync under way compares and nothing was appended for any of these bytes since it started. */
    public boolean isUntouched(StreamVolume member, long offset, long length) {
        return core.ask(() -> member.untouched != null && member.untouched.containsAll(offset, length));
    }

    /**
     * Takes a range off the dirty regions whose contents were found equal to the replica's as of {@code base} or later. The caller holds the range lock
     * over the range since before it read the disk.
     *
     * @return false when another sync is under way by now, or something was appended for the range: nothing is changed
     */
    public boolean takeEqual(StreamVolume member, SyncBase base, long offset, long length) {
        return core.ask(() -> takenEqual(member, base, offset, length));
    }

    private boolean takenEqual(StreamVolume member, SyncBase base, long offset, long length) {
        if (!comparingBase(member).equals(Optional.of(base)) || !member.untouched.containsAll(offset, length)) {
            return false;
        }
        member.volume().dirty().remove(offset, length);
        member.equalBytes += length;
        core.equalBytes += length;
        return true;
    }

    /** As {@link #takeEqual}, of a range that is known to be equal and was not read. */
    public boolean takeKnown(StreamVolume member, SyncBase base, long offset, long length) {
        return core.ask(() -> {
            boolean taken = takenEqual(member, base, offset, length);
            core.knownEqualBytes += taken ? length : 0;
            return taken;
        });
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
            long equal = member.untouched == null
                    ? 0
                    : length - changes.stream().mapToLong(Change::length).sum();
            member.equalBytes += equal;
            core.equalBytes += equal;
            member.volume().dirty().remove(offset, length);
            member.copied(offset, length);
            return true;
        });
    }
}
