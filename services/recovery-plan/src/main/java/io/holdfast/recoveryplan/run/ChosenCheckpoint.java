package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import java.time.Instant;

/**
 * The checkpoint that a protection group is recovered at.
 *
 * @param kind CRASH, APP or USER, as the journal-store says it
 * @param cutAt the instant of the source's disks that is recovered; the order time minus it is the measured RPO
 */
public record ChosenCheckpoint(CheckpointId id, String kind, Lsn lsn, Instant cutAt) {}
