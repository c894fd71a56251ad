package io.holdfast.journalstore.image;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Files of a group's volumes as of one LSN, made in the background.
 *
 * @param idempotencyKey the caller's, or empty
 * @param request of the order, to tell a repetition from another one under the same key
 */
public record ImageExport(
        UUID id,
        PgId pg,
        Lsn lsn,
        ImageFormat format,
        Instant orderedAt,
        List<Volume> volumes,
        Progress progress,
        String idempotencyKey,
        String request) {
    /** @param file in the export's folder */
    public record Volume(VolumeId volume, String name, long sizeBytes, String file) {}

    public enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED;

        public boolean isEnded() {
            return this == DONE || this == FAILED;
        }
    }

    /**
     * @param doneBytes of the volumes' sizes together; what is a hole counts as done
     * @param problem why it failed; empty otherwise
     */
    public record Progress(State state, long doneBytes, String problem) {}

    public ImageExport {
        volumes = List.copyOf(volumes);
    }

    public long sizeBytes() {
        return volumes.stream().mapToLong(Volume::sizeBytes).sum();
    }

    public ImageExport at(long doneBytes) {
        return with(new Progress(State.RUNNING, doneBytes, ""));
    }

    public ImageExport done() {
        return with(new Progress(State.DONE, sizeBytes(), ""));
    }

    public ImageExport failed(String problem) {
        return with(new Progress(State.FAILED, progress.doneBytes, problem));
    }

    private ImageExport with(Progress next) {
        return new ImageExport(id, pg, lsn, format, orderedAt, volumes, next, idempotencyKey, request);
    }
}
