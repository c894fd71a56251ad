package io.holdfast.journalstore.journal;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import java.util.Objects;

/**
 * A listed checkpoint: a consistent position that can be opened.
 *
 * @param ordinal place in the order of listing, from 1; several checkpoints may share an LSN
 * @param name given by a person, or empty; at most {@link #MAX_NAME_LENGTH} characters
 * @param cutAtMicros router's clock
 * @param held never expires until released
 */
public record Checkpoint(
        long ordinal, CheckpointId id, CheckpointKind kind, String name, Lsn lsn, long cutAtMicros, boolean held) {
    public static final int MAX_NAME_LENGTH = 200;

    public Checkpoint {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(lsn, "lsn");
    }

    public Checkpoint withHeld(boolean now) {
        return new Checkpoint(ordinal, id, kind, name, lsn, cutAtMicros, now);
    }
}
