package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.CheckpointId;
import java.time.Instant;

/** Which moment of a protection group is asked for. A run turns it into one checkpoint before anything is opened. */
public sealed interface RecoveryPoint {

    record AtCheckpoint(CheckpointId id) implements RecoveryPoint {}

    /** The newest checkpoint that was cut at this instant or before. */
    record AtTime(Instant time) implements RecoveryPoint {}

    /** The newest checkpoint when the run begins. */
    record Latest() implements RecoveryPoint {}

    /** The newest checkpoint that a rehearsal has shown to boot, and that nothing has made doubtful since. */
    record LatestVerified() implements RecoveryPoint {}
}
