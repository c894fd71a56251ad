package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import java.time.Instant;
import java.util.Optional;

/**
 * The checkpoint that a protection group is recovered at.
 *
 * @param kind CRASH, APP or USER, as the journal-store says it
 * @param cutAt the instant of the source's disks that is recovered; the order time minus it is the measured RPO
 * @param digest of everything up to it, as the journal-store gives it; empty if it gives none
 */
public record ChosenCheckpoint(CheckpointId id, String kind, Lsn lsn, Instant cutAt, Optional<String> digest) {
    public ChosenCheckpoint {
        // What was stored by an earlier version has none.
        digest = digest == null ? Optional.empty() : digest;
    }

    public ChosenCheckpoint(CheckpointId id, String kind, Lsn lsn, Instant cutAt) {
        this(id, kind, lsn, cutAt, Optional.empty());
    }
}
