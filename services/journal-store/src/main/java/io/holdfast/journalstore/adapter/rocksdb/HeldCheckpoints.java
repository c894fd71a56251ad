package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The leases of HELD checkpoints: what is held cannot be aged (glossary). Safe for any number of threads. */
final class HeldCheckpoints {
    private final Leases leases;
    private final Map<CheckpointId, Leases.Lease> held = new HashMap<>();

    HeldCheckpoints(Leases leases, List<Checkpoint> stored) {
        this.leases = leases;
        stored.forEach(this::add);
    }

    /** @throws HoldfastException {@code CHECKPOINT_EXPIRED} when the tail was faster */
    synchronized void add(Checkpoint checkpoint) {
        if (!held.containsKey(checkpoint.id())) {
            held.put(
                    checkpoint.id(),
                    leases.take(checkpoint.lsn())
                            .orElseThrow(() -> new HoldfastException(
                                    JournalError.CHECKPOINT_EXPIRED,
                                    "checkpoint %s has left the history".formatted(checkpoint.id()))));
        }
    }

    synchronized void remove(CheckpointId id) {
        Leases.Lease lease = held.remove(id);
        if (lease != null) {
            lease.close();
        }
    }

    synchronized int count() {
        return held.size();
    }
}
