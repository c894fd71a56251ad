package io.holdfast.journalstore.files;

import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Optional;

/** A point that stays readable until it is closed. */
public interface OpenedPoint extends AutoCloseable {
    /** Where points come from. */
    interface Source {
        /**
         * @param volumes empty = all of the point
         * @throws io.holdfast.kernel.error.HoldfastException {@code JOURNAL_NOT_FOUND}, {@code VOLUME_NOT_FOUND} and what opening a point says
         */
        OpenedPoint open(PgId pg, Point point, List<VolumeId> volumes);
    }

    record Volume(VolumeId id, String name, long sizeBytes) {}

    Lsn lsn();

    /** When the point is a checkpoint. */
    Optional<CheckpointId> checkpoint();

    List<Volume> volumes();

    @Override
    void close();
}
