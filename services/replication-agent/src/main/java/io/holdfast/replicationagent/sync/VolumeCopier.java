package io.holdfast.replicationagent.sync;

import io.holdfast.kernel.rate.TokenBucket;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamVolume;
import io.holdfast.replicationagent.stream.SyncBase;
import io.holdfast.replicationagent.stream.SyncState;
import io.holdfast.replicationagent.stream.SyncWait;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Brings one volume into sync, one step at a time:
 *
 * <ol>
 *   <li>take the next run of dirty regions; none left: complete the sync;
 *   <li>ask whether rate and ring have room and whether the hashes of the run are here, <em>before</em> any lock is taken: nobody ever waits for the
 *       network with a range locked;
 *   <li>lock the run, look whether it is a hole, else read the front of it;
 *   <li>what the replica has already is taken off the dirty set; the rest is appended and taken off the set, both or neither; unlock.
 * </ol>
 *
 * <p>Threads: one at a time.
 */
public final class VolumeCopier {
    /** Most bytes read under one range lock: keeps a guest write to the same place waiting for one short read at most. */
    public static final int MAX_COPY_BYTES = 256 << 10;
    /** Most bytes of hole taken in one step; holes cost no reading. */
    private static final int MAX_HOLE_BYTES = 64 << 20;

    private final CopyTools tools;
    private final CopyPace pace;
    private final SyncEstimate estimate;
    private int cursor;
    private SyncComparison comparison;
    private long waitNanos;

    /** A copier that never compares, and copies as fast as it may. {@code buffer} is scratch of {@link #MAX_COPY_BYTES}. */
    public VolumeCopier(ByteBuffer buffer) {
        this(new CopyTools(
                buffer, new ReplicaHashes(HashLink.NONE, () -> {}), InstantSource.system(), System::nanoTime));
    }

    /** A copier with a rate of its own. */
    public VolumeCopier(CopyTools tools) {
        this(tools, new CopyPace(tools.clock(), tools.nanoClock()));
    }

    /** @param pace of all copiers of the group */
    VolumeCopier(CopyTools tools, CopyPace pace) {
        this.tools = tools;
        this.pace = pace;
        this.estimate = new SyncEstimate(tools.nanoClock());
    }

    /** What a step did. */
    public enum Step {
        PROGRESS,
        /** The ring has no room, hashes have not come, or the state does not allow it now. */
        WAITING,
        /** Nothing is to do. */
        IDLE
    }

    /** After a step that was WAITING: how long the next one will be, unless something else happens; {@link Long#MAX_VALUE} = for ever. */
    long waitNanos() {
        return waitNanos;
    }

    /** @throws IOException when the disk cannot be read; the regions stay dirty */
    public Step step(ReplicationStream stream, StreamVolume member) throws IOException {
        waitNanos = Long.MAX_VALUE;
        return switch (stream.sync().stateOf(member)) {
            case SyncState.Unsynced _, SyncState.Bitmap _ -> {
                startOver();
                yield stream.sync().tryBegin(member) ? Step.PROGRESS : waiting(stream, member, SyncWait.RING_FULL);
            }
            case SyncState.Syncing _ -> copyOrComplete(stream, member);
            case SyncState.InSync _ -> {
                startOver();
                yield Step.IDLE;
            }
        };
    }

    /** The volume has left: answers for it are not waited for any more. */
    void close() {
        startOver();
    }

    private void startOver() {
        cursor = 0;
        estimate.restart();
        if (comparison != null) {
            comparison.close();
            comparison = null;
        }
    }

    private Step waiting(ReplicationStream stream, StreamVolume member, SyncWait why) {
        if (why != SyncWait.NONE) {
            estimate.restart();
        }
        stream.sync().report(member, why, 0);
        return Step.WAITING;
    }

    private Step copyOrComplete(ReplicationStream stream, StreamVolume member) throws IOException {
        RegionSet dirty = member.volume().dirty();
        Optional<SyncComparison> comparing = comparisonOf(stream, member);
        if (comparing.isPresent() && comparing.get().secondLook().isFull()) {
            // Everything before the cursor is clean but for what is aside.
            cursor = 0;
        }
        int first = dirty.next(cursor);
        if (first < 0) {
            first = dirty.next(0);
        }
        if (member.volume().isInterrupted()) {
            return Step.WAITING;
        }
        if (first < 0) {
            // What was read may be ahead of the stream; not any more behind this.
            member.volume().source().awaitWritesInFlight();
            return stream.sync().tryComplete(member) ? Step.PROGRESS : waiting(stream, member, SyncWait.NONE);
        }
        long untilReady = pace.nanosUntilReady(stream.sync().rules().rate());
        if (untilReady > 0) {
            waitNanos = untilReady;
            return waiting(stream, member, untilReady == TokenBucket.NOT_NOW ? SyncWait.WINDOW_CLOSED : SyncWait.NONE);
        }
        if (!stream.sync().hasRoomForCopy(MAX_COPY_BYTES)) {
            return waiting(stream, member, SyncWait.RING_FULL);
        }
        Optional<HashWindow> window = Optional.empty();
        if (comparing.isPresent() && isUntouched(stream, member, first)) {
            window = windowOf(stream, member, comparing.get(), first);
            if (window.isEmpty() && comparing.get().isAwaited(first)) {
                return waiting(stream, member, SyncWait.WAITING_FOR_JOURNAL);
            }
        }
        boolean progress = copyRun(stream, member, first, window);
        long dirtyBytes = dirty.bytes();
        estimate.note(dirtyBytes);
        stream.sync().report(member, SyncWait.NONE, estimate.remainingMs(dirtyBytes));
        return progress ? Step.PROGRESS : Step.WAITING;
    }

    /** The comparison of the sync under way; empty when it does not compare, or not any more. */
    private Optional<SyncComparison> comparisonOf(ReplicationStream stream, StreamVolume member) {
        Optional<SyncBase> base = stream.sync().baseOf(member);
        if (comparison != null && !base.equals(Optional.of(comparison.base()))) {
            comparison.close();
            comparison = null;
        }
        if (comparison == null && base.isPresent() && tools.hashes().isOfUse()) {
            comparison = new SyncComparison(base.get(), stream.id().pg(), member.volume(), tools);
        }
        return Optional.ofNullable(comparison).filter(current -> !current.isGivenUp());
    }

    /** The hashes at the region; empty = they are not here. Asks for them, and for those that come next. */
    private static Optional<HashWindow> windowOf(
            ReplicationStream stream, StreamVolume member, SyncComparison comparison, int region) {
        if (stream.sync().isBaseAcked(member)) {
            comparison.advance(region, ahead -> isUntouched(stream, member, ahead));
        }
        return comparison.windowOf(region);
    }

    private static boolean isUntouched(ReplicationStream stream, StreamVolume member, int region) {
        return stream.sync().isUntouched(member, member.volume().dirty().offsetOf(region), 1);
    }

    private boolean copyRun(ReplicationStream stream, StreamVolume member, int first, Optional<HashWindow> window)
            throws IOException {
        Volume volume = member.volume();
        RegionSet dirty = volume.dirty();
        long offset = dirty.offsetOf(first);
        int regions = regionsOfRun(stream, member, first, window);
        long run = dirty.endOf(first + regions - 1) - offset;
        volume.source().enterRead();
        try {
            return copyLocked(stream, member, offset, run, window);
        } finally {
            volume.source().leaveRead();
        }
    }

    private boolean copyLocked(
            ReplicationStream stream, StreamVolume member, long offset, long run, Optional<HashWindow> window)
            throws IOException {
        Volume volume = member.volume();
        long length = lengthToLock(volume, offset, run, window);
        volume.locks().lock(offset, length);
        try {
            LockedRun locked =
                    new LockedRun(stream.sync(), member, Optional.ofNullable(comparison), window, tools.buffer());
            long done = locked.take(offset, length);
            pace.sent(locked.sentBytes());
            cursor = volume.dirty().regionOf(offset + done);
            return done > 0;
        } finally {
            volume.locks().unlock(offset, length);
        }
    }

    /** Only a hint, as nothing is locked yet: so that reads lock no more than they read. */
    private static long lengthToLock(Volume volume, long offset, long run, Optional<HashWindow> window)
            throws IOException {
        if (isKnown(volume, window, volume.dirty().regionOf(offset))) {
            return run;
        }
        long hole = LockedRun.holeAt(volume, offset, run);
        return hole > 0 ? hole : Math.min(run, MAX_COPY_BYTES);
    }

    private static boolean isKnown(Volume volume, Optional<HashWindow> window, int region) {
        return window.isPresent() && window.get().isKnownEqual(region, volume.capture());
    }

    /** Neighbours that are dirty and that the same is known of: a window of hashes, or nothing. */
    private int regionsOfRun(ReplicationStream stream, StreamVolume member, int first, Optional<HashWindow> window) {
        RegionSet dirty = member.volume().dirty();
        int most = dirty.runLength(first, MAX_HOLE_BYTES / RegionSet.SYNC_REGION_BYTES);
        int regions = 1;
        if (window.isPresent()) {
            most = Math.min(most, window.get().end() - first);
            boolean known = isKnown(member.volume(), window, first);
            while (regions < most
                    && comparison.isAlike(first, first + regions)
                    && isKnown(member.volume(), window, first + regions) == known) {
                regions++;
            }
            return regions;
        }
        boolean comparing = comparison != null && !comparison.isGivenUp();
        while (regions < most && !(comparing && isUntouched(stream, member, first + regions))) {
            regions++;
        }
        return regions;
    }
}
