package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.Seq;
import io.holdfast.kernel.StreamId;
import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.StreamRecord.Marker;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.SyncRules;
import io.holdfast.replicationagent.capture.Changes;
import io.holdfast.replicationagent.capture.ReplicaMark;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.stream.StreamSnapshot.VolumeSnapshot;
import io.holdfast.replicationagent.stream.SyncState.Bitmap;
import io.holdfast.replicationagent.stream.SyncState.InSync;
import io.holdfast.replicationagent.stream.SyncState.Syncing;
import io.holdfast.replicationagent.stream.SyncState.Unsynced;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Optional;
import java.util.Set;

/**
 * One protection group's changes on this agent, in order: the only place where seqs are given and sync states change
 * (docs/sync-states.md has the table and the proof).
 *
 * <p>Threads: any. One lock guards ring, states and epoch; it is held for copying a change into memory at the longest, never for input or output. Lock order: a
 * volume's range lock, then this one.
 */
public final class ReplicationStream {
    /** Most volumes of one stream: what a batch's table holds. */
    public static final int MAX_VOLUMES = 256;

    /** What became of an order to put a marker into the stream. */
    public enum MarkerOutcome {
        CUT,
        /** A volume of the group is not in sync here, or not attached. */
        NOT_IN_SYNC,
        PAUSED,
        RING_FULL
    }

    /** What became of an order to hold. */
    public sealed interface HoldOutcome {
        /** Completions are held and the marker stands at this place. */
        record Held(Hold hold, Epoch epoch, Seq marker) implements HoldOutcome {}

        /** Nothing is held; there is no marker. */
        record NoMarker(MarkerOutcome why) implements HoldOutcome {}

        /** Another hold of the group is on. */
        record Outstanding() implements HoldOutcome {}
    }

    private final StreamCore core;
    private final SyncSteps sync;
    private final StreamOutlet outlet;
    private final StreamSettling settling;
    private final CompletionGate gate = new CompletionGate(System::nanoTime);

    public ReplicationStream(StreamId id, Epoch epoch, SegmentPool pool, StreamLimits limits, StreamListener listener) {
        this.core = new StreamCore(id, epoch, pool, limits, listener);
        this.sync = new SyncSteps(core);
        this.outlet = new StreamOutlet(core);
        this.settling = new StreamSettling(core);
    }

    public StreamId id() {
        return core.id;
    }

    /** For the copier. */
    public SyncSteps sync() {
        return sync;
    }

    /** For sessions with a router. */
    public StreamOutlet outlet() {
        return outlet;
    }

    /** For the records on stable storage. */
    public StreamSettling settling() {
        return settling;
    }

    /** The group's volumes on this host as the router says, attached or not; markers need all of them in sync. */
    public void assign(Set<VolumeId> wanted, boolean nowPaused, StreamLimits nowLimits) {
        core.locked(() -> {
            if (nowPaused || !core.assigned.equals(wanted)) {
                gate.expire();
            }
            core.assigned = Set.copyOf(wanted);
            core.limits = nowLimits;
            core.paused = nowPaused;
            if (core.paused) {
                core.overflowAll();
            }
        });
        core.listener.sendable();
        core.listener.copyable();
    }

    /** What the group's syncs keep to from now on. */
    public void follow(SyncRules rules) {
        core.locked(() -> core.rules = rules);
    }

    /**
     * Adds a volume whose dirty regions say what has to be sent, as a sync of kind {@code due}. The caller attaches the result to the volume
     * as its sink.
     *
     * @throws IllegalStateException over {@link #MAX_VOLUMES} volumes in one epoch
     */
    public StreamVolume add(Volume volume, SyncKind due) {
        return core.ask(() -> {
            if (core.table.contains(volume.id())) {
                // It was in this epoch before, so the journal takes it for in sync until SyncStarted: nothing of an
                // in-sync
                // volume may stand in between.
                core.overflowAll();
            }
            StreamVolume member = new StreamVolume(this, volume, core.indexOf(volume.id()), due);
            core.volumes.put(volume.id(), member);
            return member;
        });
    }

    /** Takes a volume out; the caller has detached it already. */
    public void remove(VolumeId volume) {
        core.locked(() -> core.volumes.remove(volume));
    }

    /** Frees the ring. Nothing is appended, sent or acknowledged afterwards. */
    public void end() {
        gate.expire();
        core.locked(() -> {
            core.ended = true;
            core.ring.drop();
            core.volumes.clear();
        });
    }

    public List<StreamVolume> volumes() {
        return core.ask(() -> List.copyOf(core.volumes.values()));
    }

    void capture(StreamVolume member, long offset, long length, List<Change> changes) {
        boolean wake = false;
        core.lock.lock();
        try {
            Volume volume = member.volume();
            switch (member.state) {
                case Unsynced _, Bitmap _ -> volume.dirty().add(offset, length);
                case Syncing _ -> {
                    if (core.takes(changes, core.limits.guestBytes())) {
                        wake = core.appendChanges(member, offset, length, changes);
                    } else {
                        volume.dirty().add(offset, length);
                    }
                }
                case InSync _ -> {
                    if (core.takes(changes, core.limits.guestBytes())) {
                        wake = core.appendChanges(member, offset, length, changes);
                    } else {
                        volume.dirty().add(offset, length);
                        core.overflowAll();
                    }
                }
            }
        } finally {
            core.lock.unlock();
        }
        if (wake) {
            core.listener.sendable();
        }
    }

    /**
     * What the replica holds of the range is not to be trusted: it is dirty from now on and sent again, by the sync under way or the next. A
     * volume that was in sync goes to BITMAP, and with it every one of the stream. Ranges beyond the volume's end are cut.
     *
     * @return false when the stream has no such volume; nothing is noted then
     */
    public boolean resend(VolumeId volume, long offset, long length) {
        StreamVolume member = core.ask(() -> core.volumes.get(volume));
        if (member == null) {
            return false;
        }
        long end = Math.min(member.volume().size(), offset + length);
        if (offset < end) {
            // With the range locked no write is half-way between the disk and the stream.
            member.volume().locks().lock(offset, end - offset);
            try {
                core.locked(() -> noteForResend(member, offset, end - offset));
            } finally {
                member.volume().locks().unlock(offset, end - offset);
            }
            core.listener.copyable();
        }
        return true;
    }

    private void noteForResend(StreamVolume member, long offset, long length) {
        if (!core.has(member)) {
            return;
        }
        // Damage may hide behind a hash that is right: these regions are copied, not compared.
        if (member.untouched != null) {
            member.untouched.remove(offset, length);
        }
        member.resend(offset, length);
        member.volume().dirty().add(offset, length);
        if (member.state instanceof InSync) {
            core.overflowAll();
        }
    }

    void noteDamaged(StreamVolume member, long offset, long length) {
        core.locked(() -> {
            member.volume().dirty().add(offset, length);
            if (member.state instanceof InSync) {
                core.overflowAll();
            }
        });
        core.listener.copyable();
    }

    CompletionGate gate() {
        return gate;
    }

    /** A volume leaves, or the epoch ends: what a hold that is on was for does not exist any more. */
    public void endHold() {
        gate.expire();
    }

    /**
     * Stops telling guests that writes are done, then puts a marker into the stream: first step of a checkpoint over several streams. Completions go on when the
     * result is released, or by themselves after the limit.
     */
    public HoldOutcome hold(CheckpointId checkpoint, Duration limit) {
        Optional<Hold> closed = gate.close(checkpoint, limit);
        if (closed.isEmpty()) {
            return new HoldOutcome.Outstanding();
        }
        HoldOutcome outcome = core.ask(() -> {
            MarkerOutcome marker = tryCut(checkpoint);
            return marker == MarkerOutcome.CUT
                    ? new HoldOutcome.Held(closed.get(), core.epoch, new Seq(core.ring.newestSeq()))
                    : new HoldOutcome.NoMarker(marker);
        });
        if (outcome instanceof HoldOutcome.NoMarker) {
            closed.get().expire();
        }
        core.listener.sendable();
        return outcome;
    }

    void interrupt(StreamVolume member, Runnable step) {
        core.locked(() -> {
            step.run();
            // Its companions wait too: the journal must not take a place for consistent that lacks the missed writes.
            core.overflowAll();
            member.state = member.state.interrupt();
            member.untouched = null;
        });
        core.listener.copyable();
    }

    void resume(StreamVolume member, Runnable step, boolean known) {
        core.locked(() -> {
            step.run();
            if (!known) {
                member.state = member.state.lose();
            }
        });
        core.listener.copyable();
    }

    Optional<ReplicaMark> markOf(StreamVolume member) {
        return core.ask(() -> core.has(member) && member.state instanceof InSync
                ? Optional.of(new ReplicaMark(core.epoch.value(), core.ring.newestSeq()))
                : Optional.empty());
    }

    boolean holds(ReplicaMark mark) {
        return core.ask(() -> core.epoch.value() == mark.epoch() && core.ring.ackedSeq() >= mark.seq());
    }

    /** Puts a marker behind everything that is completed to guests, and ends the batch with it. */
    public MarkerOutcome cutMarker(CheckpointId checkpoint) {
        MarkerOutcome outcome = core.ask(() -> tryCut(checkpoint));
        core.listener.sendable();
        return outcome;
    }

    private MarkerOutcome tryCut(CheckpointId checkpoint) {
        if (!core.isMoving()) {
            return MarkerOutcome.PAUSED;
        }
        boolean inSync = core.volumes.keySet().equals(core.assigned)
                && !core.volumes.isEmpty()
                && core.volumes.values().stream().allMatch(member -> member.state instanceof InSync);
        if (!inSync) {
            return MarkerOutcome.NOT_IN_SYNC;
        }
        LongSummaryStatistics instants = core.volumes.values().stream()
                .mapToLong(member -> member.volume().asOfMicros())
                .summaryStatistics();
        if (instants.getMin() != instants.getMax()) {
            // Disks as of different instants, or some as of now: together they are no state that ever was.
            return MarkerOutcome.NOT_IN_SYNC;
        }
        Marker marker = new Marker(checkpoint, Changes.nowMicros());
        if (!core.takes(List.of(marker), core.limits.shareBytes())) {
            return MarkerOutcome.RING_FULL;
        }
        core.ring.append(marker, 0, core.table, System.nanoTime());
        core.ring.seal(core.table, Optional.of(checkpoint), instants.getMin());
        return MarkerOutcome.CUT;
    }

    /**
     * Continuity is lost: the ring is dropped, the new epoch starts at seq 1 and every volume is sent whole. The caller has made both durable:
     * the new epoch, and that no volume's replica is whole.
     */
    public void startEpoch(Epoch next) {
        gate.expire();
        core.locked(() -> {
            if (!next.isAfter(core.epoch)) {
                throw new IllegalArgumentException("epoch " + next + " does not follow " + core.epoch);
            }
            core.epoch = next;
            core.ring.drop();
            for (StreamVolume member : core.volumes.values()) {
                member.state = member.state.lose();
                member.untouched = null;
                member.wholeSyncSeq = 0;
                member.generationSeq = -1;
                member.volume().everythingDiffers();
            }
        });
        core.listener.copyable();
    }

    public Epoch epoch() {
        return core.ask(() -> core.epoch);
    }

    public boolean isPaused() {
        return core.ask(() -> core.paused);
    }

    /** Whether nothing waits to be acknowledged. */
    public boolean isDrained() {
        return core.ask(() -> core.ring.ackedSeq() == core.ring.newestSeq());
    }

    public StreamSnapshot snapshot() {
        return core.ask(() -> {
            List<VolumeSnapshot> each = new ArrayList<>();
            core.volumes.values().forEach(member -> each.add(snapshotOf(member)));
            for (VolumeId missing : core.assigned) {
                if (!core.volumes.containsKey(missing)) {
                    each.add(new VolumeSnapshot(missing, new Unsynced(SyncKind.FULL), 0, 0, 0, 0, 0, 0, SyncWait.NONE));
                }
            }
            return new StreamSnapshot(
                    core.epoch,
                    core.ring.newestSeq(),
                    core.ring.ackedSeq(),
                    core.ring.usedBytes(),
                    core.limits.shareBytes(),
                    core.ring.oldestUnackedMicros(),
                    core.sentBytes,
                    core.overflows,
                    core.paused,
                    core.equalBytes,
                    core.knownEqualBytes,
                    each);
        });
    }

    private VolumeSnapshot snapshotOf(StreamVolume member) {
        Volume volume = member.volume();
        boolean syncing = member.state instanceof Syncing;
        long total = syncing ? volume.size() : 0;
        long dirty = volume.dirty().bytes();
        SyncWait waitsFor =
                member.state instanceof InSync ? SyncWait.NONE : core.paused ? SyncWait.PAUSED : member.waitsFor;
        return new VolumeSnapshot(
                member.id(),
                member.state,
                total,
                Math.max(0, total - dirty),
                dirty,
                volume.capturedBytes(),
                syncing ? member.equalBytes : 0,
                syncing && waitsFor == SyncWait.NONE ? member.remainingMs : 0,
                waitsFor);
    }
}
