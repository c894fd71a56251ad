package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Lsn;
import java.util.List;
import java.util.Optional;

/**
 * A point that can be read until it is closed: it holds the lease.
 *
 * @param checkpoint given when the point was named by, or resolved to, a checkpoint
 * @param volumes that exist at the point
 */
public record OpenPoint(Leases.Lease lease, Optional<Checkpoint> checkpoint, List<VolumeSlot> volumes)
        implements AutoCloseable {
    public Lsn lsn() {
        return lease.lsn();
    }

    @Override
    public void close() {
        lease.close();
    }
}
