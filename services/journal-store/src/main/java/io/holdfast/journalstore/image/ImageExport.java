package io.holdfast.journalstore.image;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * Files of a group's volumes as of one LSN, made in the background: all of them, or none.
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
    public record Volume(VolumeId volume, String name, long sizeBytes) {}

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
     * @param code of the error that ended it, stable; empty otherwise
     * @param problem why it failed, for a person; empty otherwise
     */
    public record Progress(State state, long doneBytes, String code, String problem) {
        public static final Progress WAITING = new Progress(State.WAITING, 0, "", "");
    }

    public ImageExport {
        volumes = List.copyOf(volumes);
    }

    /** Name of a volume's file in the export's folder. */
    public String fileOf(Volume volume) {
        return volume.volume() + "." + format.text();
    }

    public long sizeBytes() {
        return volumes.stream().mapToLong(Volume::sizeBytes).sum();
    }

    public boolean isEnded() {
        return progress.state().isEnded();
    }

    public ImageExport at(long doneBytes) {
        return with(new Progress(State.RUNNING, doneBytes, "", ""));
    }

    public ImageExport done() {
        return with(new Progress(State.DONE, sizeBytes(), "", ""));
    }

    public ImageExport failed(HoldfastException cause) {
        return with(new Progress(State.FAILED, progress.doneBytes, cause.code().name(), cause.getMessage()));
    }

    private ImageExport with(Progress next) {
        return new ImageExport(id, pg, lsn, format, orderedAt, volumes, next, idempotencyKey, request);
    }
}
