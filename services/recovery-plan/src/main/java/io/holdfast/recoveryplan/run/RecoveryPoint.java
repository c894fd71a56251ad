package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.CheckpointId;
import java.time.Instant;

/** Which moment of a protection group is asked for. A run turns it into one checkpoint before anything is opened. */
public sealed interface RecoveryPoint {

    /** For people. */
    default String describe() {
        return switch (this) {
            case AtCheckpoint at -> "checkpoint " + at.id();
            case AtTime at -> "time " + at.time();
            case Latest _ -> "latest";
            case LatestApp _ -> "latest APP";
            case LatestVerified _ -> "latest verified";
        };
    }

    record AtCheckpoint(CheckpointId id) implements RecoveryPoint {}

    /** The newest checkpoint that was cut at this instant or before. */
    record AtTime(Instant time) implements RecoveryPoint {}

    /** The newest checkpoint when the run begins. */
    record Latest() implements RecoveryPoint {}

    /** The newest application-consistent checkpoint when the run begins. */
    record LatestApp() implements RecoveryPoint {}

    /** The newest checkpoint that a rehearsal has shown to boot, and that nothing has made doubtful since. */
    record LatestVerified() implements RecoveryPoint {}
}
