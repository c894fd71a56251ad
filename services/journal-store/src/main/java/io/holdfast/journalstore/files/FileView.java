package io.holdfast.journalstore.files;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A file view as it is at one moment.
 *
 * @param checkpoint when the point is one
 * @param fileSystems known once it is ready
 */
public record FileView(
        UUID id,
        PgId pg,
        Lsn lsn,
        Optional<CheckpointId> checkpoint,
        List<OpenedPoint.Volume> volumes,
        Instant openedAt,
        Instant usedAt,
        ViewState state,
        List<GuestFileSystem> fileSystems) {
    FileView with(ViewState now) {
        return new FileView(id, pg, lsn, checkpoint, volumes, openedAt, usedAt, now, fileSystems);
    }

    FileView used(Instant now) {
        return new FileView(id, pg, lsn, checkpoint, volumes, openedAt, now, state, fileSystems);
    }

    FileView ready(ViewState.Opening before, List<GuestFileSystem> found, Instant now) {
        return new FileView(id, pg, lsn, checkpoint, volumes, openedAt, now, before.ready(), List.copyOf(found));
    }
}
