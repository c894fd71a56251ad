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
    /** Regions for which nothing was ever appended: zeroes in them need not be sent. Only during an INITIAL sync, else null. */
    RegionSet untouched;
    /** Seq of the SyncCompleted of the last INITIAL or FULL sync, until it is acknowledged; 0 = none waits. */
    long wholeSyncSeq;
    /** Seq at the start of the write-intent map's generation; -1 = no generation of this epoch yet. */
    long generationSeq = -1;

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
