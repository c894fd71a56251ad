package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.rocksdb.PointReader;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.kernel.error.HoldfastException;
import java.util.Optional;

/** One export while the store lives, and its point for as long as it needs that. Changed under the lock of {@link ImageExports}, read anywhere. */
final class ExportJob {
    private final Optional<Source> source;
    private volatile ImageExport export;
    private volatile HoldfastException stop;

    private record Source(Journal journal, OpenPoint point) {}

    private ExportJob(ImageExport export, Optional<Source> source) {
        this.export = export;
        this.source = source;
    }

    static ExportJob ordered(ImageExport export, Journal journal, OpenPoint point) {
        return new ExportJob(export, Optional.of(new Source(journal, point)));
    }

    /** One that had ended before this process began. */
    static ExportJob ended(ImageExport export) {
        return new ExportJob(export, Optional.empty());
    }

    ImageExport export() {
        return export;
    }

    void export(ImageExport now) {
        export = now;
    }

    boolean isWaiting() {
        return export.progress().state() == ImageExport.State.WAITING;
    }

    boolean isRunning() {
        return export.progress().state() == ImageExport.State.RUNNING;
    }

    /** The volume as of the export's point. */
    PointReader reader(ImageExport.Volume volume) {
        Source from = source.orElseThrow();
        return from.point.volumes().stream()
                .filter(slot -> slot.volume().equals(volume.volume()))
                .map(slot -> from.journal.reader(slot, from.point))
                .findFirst()
                .orElseThrow();
    }

    /** Gives the point back to ageing and has the writer give up; the first reason counts. */
    void stop(HoldfastException reason) {
        if (stop == null) {
            stop = reason;
        }
        releasePoint();
    }

    /** @throws HoldfastException why it has to stop */
    void requireGoingOn() {
        if (stop != null) {
            throw stop;
        }
    }

    void releasePoint() {
        source.ifPresent(from -> from.point.close());
    }
}
