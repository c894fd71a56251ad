package io.holdfast.journalstore.relay;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import java.util.Objects;

/**
 * A checkpoint of the source journal that a relay stands at.
 *
 * @param cutAtMicros when it was cut at its own site; what a marker put here is as of
 */
public record Place(CheckpointId checkpoint, Lsn lsn, long cutAtMicros) {
    public Place {
        Objects.requireNonNull(checkpoint, "checkpoint");
        Objects.requireNonNull(lsn, "lsn");
    }
}
