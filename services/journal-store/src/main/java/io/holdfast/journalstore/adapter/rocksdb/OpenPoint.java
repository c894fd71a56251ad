package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Lsn;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A point that can be read until it is closed: it holds the lease.
 *
 * @param checkpoint given when the point was named by, or resolved to, a checkpoint
 * @param volumes that exist at the point
 * @param kept contents of kept disks, by volume index; empty = the contents follow from the LSN
 */
public record OpenPoint(
        Leases.Lease lease, Optional<Checkpoint> checkpoint, List<VolumeSlot> volumes, Map<Integer, BaseImage> kept)
        implements AutoCloseable {
    static OpenPoint ofHistory(Leases.Lease lease, Optional<Checkpoint> checkpoint, List<VolumeSlot> volumes) {
        return new OpenPoint(lease, checkpoint, volumes, Map.of());
    }

    /** Old disks, which have no place in the history: their LSN is {@link Lsn#NONE}. */
    static OpenPoint ofKept(Leases.Lease lease, List<VolumeSlot> volumes, Map<Integer, BaseImage> kept) {
        return new OpenPoint(lease, Optional.empty(), List.copyOf(volumes), Map.copyOf(kept));
    }

    public Lsn lsn() {
        return lease.lsn();
    }

    /** Whether it can only be read: what is kept of an old disk is no state of the journal. */
    public boolean isKept() {
        return !kept.isEmpty();
    }

    /** What a volume is, whatever the journal says; empty = what follows from the LSN. */
    Optional<BaseImage> contents(VolumeSlot slot) {
        return Optional.ofNullable(kept.get(slot.index()));
    }

    @Override
    public void close() {
        lease.close();
    }
}
