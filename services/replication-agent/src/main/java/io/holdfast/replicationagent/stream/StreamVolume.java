package io.holdfast.replicationagent.stream;

import io.holdfast.kernel.change.StreamRecord.Change;
import io.holdfast.kernel.change.SyncKind;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.ReplicaMark;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.capture.WriteSink;
import java.util.List;
import java.util.Optional;

/** A volume's place in a stream. Everything but {@link #volume} is guarded by the stream's lock. */
public final class StreamVolume implements WriteSink {
    private final ReplicationStream stream;
    private final Volume volume;
    final int index;
    SyncState state;
    /** Regions for which nothing was appended since SyncStarted. Only during a sync that compares, else null. */
    RegionSet untouched;
    /** Seq of the SyncStarted of the sync under way. */
    long baseSeq;
    /** Bytes that the sync under way, or the last one, found equal and did not send. */
    long equalBytes;
    /** What the copier says of the sync under way. */
    volatile SyncWait waitsFor = SyncWait.NONE;
    /** The copier's estimate for the sync under way; 0 = none. */
    volatile long remainingMs;
    /** Seq of the SyncCompleted of the last INITIAL or FULL sync, until it is acknowledged; 0 = none waits. */
    long wholeSyncSeq;
    /** Seq at the start of the write-intent map's generation; -1 = no generation of this epoch yet. */
    long generationSeq = -1;

    /** Regions that have to be copied whatever their hashes say; null = none. */
    private RegionSet resend;

    /** These regions are not compared until they are copied. */
    void resend(long offset, long length) {
        if (resend == null) {
            resend = new RegionSet(volume.size(), RegionSet.SYNC_REGION_BYTES);
        }
        resend.add(offset, length);
    }

    /** For a sync that compares: every region but those that have to be copied. */
    RegionSet startUntouched() {
        RegionSet all = new RegionSet(volume.size(), RegionSet.SYNC_REGION_BYTES);
        all.addAll();
        if (resend != null) {
            for (int region = resend.next(0); region >= 0; region = resend.next(region + 1)) {
                all.remove(resend.offsetOf(region), 1);
            }
        }
        return all;
    }

    /** A copy of these bytes stands in the stream. */
    void copied(long offset, long length) {
        if (resend != null) {
            resend.remove(offset, length);
            if (resend.isEmpty()) {
                resend = null;
            }
        }
    }

    StreamVolume(ReplicationStream stream, Volume volume, int index, SyncKind due) {
        this.stream = stream;
        this.volume = volume;
        this.index = index;
        this.state = new SyncState.Unsynced(due);
    }

    public Volume volume() {
        return volume;
    }

    public VolumeId id() {
        return volume.id();
    }

    @Override
    public void written(long offset, long length, List<Change> changes) {
        stream.capture(this, offset, length, changes);
    }

    @Override
    public void damaged(long offset, long length) {
        stream.noteDamaged(this, offset, length);
    }

    @Override
    public void completing() {
        stream.gate().pass();
    }

    @Override
    public void interrupted(Runnable step) {
        stream.interrupt(this, step);
    }

    @Override
    public void resumed(Runnable step, boolean known) {
        stream.resume(this, step, known);
    }

    @Override
    public Optional<ReplicaMark> mark() {
        return stream.markOf(this);
    }

    @Override
    public boolean holds(ReplicaMark mark) {
        return stream.holds(mark);
    }
}
