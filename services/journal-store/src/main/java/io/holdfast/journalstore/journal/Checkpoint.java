package io.holdfast.journalstore.journal;

import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import java.util.Objects;
import java.util.Optional;

/**
 * A listed checkpoint: a consistent position that can be opened.
 *
 * @param ordinal place in the order of listing, from 1; several checkpoints may share an LSN
 * @param name given by a person, or empty; at most {@link #MAX_NAME_LENGTH} characters
 * @param cutAtMicros router's clock
 * @param digest of the chain at the LSN; empty when the journal had no chain yet
 * @param appFailure why a checkpoint that was asked for as APP is CRASH
 */
public record Checkpoint(
        long ordinal,
        CheckpointId id,
        CheckpointKind kind,
        String name,
        Lsn lsn,
        long cutAtMicros,
        Optional<Digest> digest,
        CheckpointMarks marks,
        Optional<AppFailure> appFailure) {
    public static final int MAX_NAME_LENGTH = 200;

    public Checkpoint {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(lsn, "lsn");
        Objects.requireNonNull(digest, "digest");
        Objects.requireNonNull(marks, "marks");
        Objects.requireNonNull(appFailure, "appFailure");
    }

    /**
     * Why no guest was frozen.
     *
     * @param code stable; not empty
     */
    public record AppFailure(String code, String message) {}

    /** Whether it never expires until released. */
    public boolean held() {
        return marks.held();
    }

    public Checkpoint withMarks(CheckpointMarks now) {
        return new Checkpoint(ordinal, id, kind, name, lsn, cutAtMicros, digest, now, appFailure);
    }
}
