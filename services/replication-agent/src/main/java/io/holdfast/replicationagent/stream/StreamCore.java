package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.replicationagent.intent.WriteIntentMap;
import io.holdfast.replicationagent.stream.SyncState.Bitmap;
import io.holdfast.replicationagent.stream.SyncState.InSync;
import io.holdfast.replicationagent.stream.SyncState.Unsynced;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What the parts of one stream share: the ring, the volumes' states, and the lock that guards both. Fields and methods are for holders of the lock.
 */
final class StreamCore {
    final StreamId id;
    final StreamListener listener;
    final ReentrantLock lock = new ReentrantLock();
    final ChangeRing ring;
    final Map<VolumeId, StreamVolume> volumes = new LinkedHashMap<>();
    /** Volumes by the index that records carry; grows within an epoch, never changes. */
    List<VolumeId> table = List.of();

    Set<VolumeId> assigned = Set.of();
    Epoch epoch;
    StreamLimits limits;
    boolean paused;
    boolean ended;
    long sentBytes;
    long overflows;
    long equalBytes;
    long knownEqualBytes;
    SyncRules rules = SyncRules.DEFAULT;

    StreamCore(StreamId id, Epoch epoch, SegmentPool pool, StreamLimits limits, StreamListener listener) {
        this.id = id;
        this.epoch = epoch;
        this.limits = limits;
        this.listener = listener;
        this.ring = new ChangeRing(pool);
    }

    /** Runs with the lock held. */
    void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /** Asks with the lock held. */
    <T> T ask(Supplier<T> question) {
        lock.lock();
        try {
            return question.get();
        } finally {
            lock.unlock();
        }
    }

    /** Tries with the lock held; tells the sender when it worked. */
    boolean attempt(BooleanSupplier step) {
        boolean done;
        lock.lock();
        try {
            done = step.getAsBoolean();
        } finally {
            lock.unlock();
        }
        if (done) {
            listener.sendable();
        }
        return done;
    }

    /** The index of the volume in this epoch's table, new at the end if it has none yet. */
    int indexOf(VolumeId volume) {
        int index = table.indexOf(volume);
        if (index >= 0) {
            return index;
        }
        if (table.size() == ReplicationStream.MAX_VOLUMES) {
            throw new IllegalStateException("more than " + ReplicationStream.MAX_VOLUMES + " volumes in stream " + id);
        }
        List<VolumeId> longer = new ArrayList<>(table);
        longer.add(volume);
        table = List.copyOf(longer);
        return table.size() - 1;
    }

    /** Whether the volume is (still) in the stream by this membership; a copier may come late with an old one. */
    boolean has(StreamVolume member) {
        return volumes.get(member.id()) == member;
    }

    boolean isMoving() {
        return !paused && !ended;
    }

    /** Whether these records can be appended now, all of them, without filling the ring over the ceiling. */
    boolean takes(List<? extends StreamRecord> records, long ceilingBytes) {
        return isMoving() && ring.reserve(records, ceilingBytes);
    }

    /** Appends changes that the ring {@link #takes}. True: the sender has something new to do. */
    boolean appendChanges(StreamVolume member, long offset, long length, List<Change> changes) {
        boolean wake = false;
        long now = System.nanoTime();
        for (int i = 0; i < changes.size(); i++) {
            wake |= ring.append(changes.get(i), member.index, table, now);
        }
        touch(member, offset, length);
        if (member.untouched != null) {
            member.untouched.remove(offset, length);
        }
        return wake;
    }

    /** The range was written, or found to need nothing, in this generation of the write-intent map: its mark stays. */
    void touch(StreamVolume member, long offset, long length) {
        WriteIntentMap map = member.volume().intent();
        if (map != null) {
            map.touch(offset, length);
        }
    }

    /** Appends a record without payload; for these the whole share is open. */
    boolean appendControl(StreamVolume member, StreamRecord record) {
        if (!takes(List.of(record), limits.shareBytes())) {
            return false;
        }
        ring.append(record, member.index, table, System.nanoTime());
        return true;
    }

    /**
     * Whether the journal knows of every volume that is behind. Between an overflow and the SyncStarted that follows, a reader of the stream
     * takes the volume for in sync; a SyncCompleted of another volume in between would begin a consistent range that lacks what was noted.
     */
    boolean allSyncsAreAnnounced() {
        for (StreamVolume member : volumes.values()) {
            if (member.state instanceof Bitmap || member.state instanceof Unsynced) {
                return false;
            }
        }
        return true;
    }

    /**
     * All volumes of the stream leave IN_SYNC together: from here to the next SyncStarted nothing of an in-sync volume is appended, so every place
     * of the stream before that SyncStarted is consistent over all of them.
     */
    void overflowAll() {
        for (StreamVolume member : volumes.values()) {
            if (member.state instanceof InSync inSync) {
                member.state = inSync.overflow();
                overflows++;
            }
        }
    }
}
