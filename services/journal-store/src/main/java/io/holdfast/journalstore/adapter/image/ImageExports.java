package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * The orders of {@link ImageExporter}, which writes one after the other. An export holds its point in the history from its order until its end, and at most for
 * {@link ExportOptions#timeLimit()}; a restart ends it as failed. Safe for any number of threads.
 */
public final class ImageExports implements AutoCloseable {
    /** Exports at one time, ended ones included: delete some to order more. */
    public static final int LIMIT = 256;

    /**
     * @param volumes to write; empty = all of the point
     * @param idempotencyKey empty = none
     */
    public record Order(PgId pg, Point point, ImageFormat format, List<VolumeId> volumes, String idempotencyKey) {
        public Order {
            volumes = volumes.stream()
                    .distinct()
                    .sorted(java.util.Comparator.comparing(VolumeId::toString))
                    .toList();
        }

        /** Tells a repetition from another request under the same key. */
        String fingerprint() {
            return "%s %s %s".formatted(point, format.text(), volumes);
        }
    }

    private final JournalStore store;
    private final Optional<ImageExporter> exporter;
    private final Map<UUID, ExportJob> jobs = new LinkedHashMap<>();
    private boolean closed;

    private ImageExports(JournalStore store, Optional<ImageExporter> exporter) {
        this.store = store;
        this.exporter = exporter;
    }

    /** Refuses every order. */
    public static ImageExports disabled(JournalStore store) {
        return new ImageExports(store, Optional.empty());
    }

    /**
     * Takes up what is there and begins to work.
     *
     * @throws HoldfastException {@code STORAGE_UNUSABLE}, or {@code DATA_DIRECTORY_IN_USE} when another store, or the journals of this one, have the directory
     */
    public static ImageExports start(JournalStore store, ExportOptions options) {
        ExportDirectory directory = new ExportDirectory(options.directory());
        return start(store, options, directory, directory::freeBytes);
    }

    /** As {@link #start(JournalStore, ExportOptions)}, with another view of the free space; for tests. */
    static ImageExports start(JournalStore store, ExportOptions options, ExportDirectory directory, LongSupplier free) {
        try {
            ImageExporter exporter = new ImageExporter(directory, options, free);
            ImageExports exports = new ImageExports(store, Optional.of(exporter));
            directory.takeUp().forEach(export -> exports.jobs.put(export.id(), ExportJob.ended(export)));
            exporter.start(exports);
            return exports;
        } catch (RuntimeException failed) {
            directory.close();
            throw failed;
        }
    }

    private ImageExporter requireExporter() {
        return exporter.orElseThrow(() -> new HoldfastException(
                JournalError.EXPORTS_DISABLED, "holdfast.journal.export-directory is not set on this store"));
    }

    /**
     * Orders an export, or finds the one that the same order has made.
     *
     * @throws HoldfastException {@code EXPORTS_DISABLED}, {@code TOO_MANY_OPEN}, {@code NO_SPACE}, {@code VOLUME_NOT_FOUND}, {@code IDEMPOTENCY_KEY_REUSED},
     *     {@code STORAGE_UNUSABLE}, and what opening the point says
     */
    public synchronized ImageExport order(Order order) {
        ImageExporter writer = requireExporter();
        if (closed) {
            throw new HoldfastException(JournalError.EXPORT_INTERRUPTED, "the journal-store is being stopped");
        }
        Optional<ImageExport> before = repeated(order);
        if (before.isPresent()) {
            return before.get();
        }
        if (jobs.size() >= LIMIT) {
            throw new HoldfastException(
                    JournalError.TOO_MANY_OPEN,
                    "%d exports are there, ended ones included; delete one first".formatted(jobs.size()));
        }
        Journal journal = store.require(order.pg());
        writer.requireSpace();
        OpenPoint point = new JournalPoints(journal).open(order.point());
        try {
            ImageExport export = new ImageExport(
                    UUID.randomUUID(),
                    order.pg(),
                    point.lsn(),
                    order.format(),
                    Instant.now(),
                    volumes(order, point),
                    ImageExport.Progress.WAITING,
                    order.idempotencyKey(),
                    order.fingerprint());
            writer.directory().create(export);
            jobs.put(export.id(), ExportJob.ordered(export, journal, point));
            notifyAll();
            return export;
        } catch (RuntimeException refused) {
            point.close();
            throw refused;
        }
    }

    private Optional<ImageExport> repeated(Order order) {
        Optional<ImageExport> before = jobs.values().stream()
                .map(ExportJob::export)
                .filter(export -> !order.idempotencyKey().isEmpty()
                        && export.pg().equals(order.pg())
                        && export.idempotencyKey().equals(order.idempotencyKey()))
                .findFirst();
        if (before.filter(export -> !export.request().equals(order.fingerprint()))
                .isPresent()) {
            throw new HoldfastException(
                    CommonError.IDEMPOTENCY_KEY_REUSED,
                    "the Idempotency-Key was used for another export of this group");
        }
        return before;
    }

    private static List<ImageExport.Volume> volumes(Order order, OpenPoint point) {
        for (VolumeId wanted : order.volumes()) {
            if (point.volumes().stream().noneMatch(slot -> slot.volume().equals(wanted))) {
                throw new HoldfastException(
                        JournalError.VOLUME_NOT_FOUND,
                        "group %s has no volume %s at LSN %s".formatted(order.pg(), wanted, point.lsn()));
            }
        }
        return point.volumes().stream()
                .filter(slot -> order.volumes().isEmpty() || order.volumes().contains(slot.volume()))
                .map(slot -> new ImageExport.Volume(slot.volume(), slot.name(), slot.sizeBytes()))
                .toList();
    }

    /** In the order of their orders. */
    public synchronized List<ImageExport> of(PgId pg) {
        return jobs.values().stream()
                .map(ExportJob::export)
                .filter(export -> export.pg().equals(pg))
                .toList();
    }

    /** How many there are in a state, of all groups. */
    public synchronized int count(ImageExport.State state) {
        return (int) jobs.values().stream()
                .filter(job -> job.export().progress().state() == state)
                .count();
    }

    /** @throws HoldfastException {@code EXPORT_NOT_FOUND} */
    public synchronized ImageExport require(PgId pg, UUID id) {
        return find(pg, id)
                .map(ExportJob::export)
                .orElseThrow(() -> new HoldfastException(
                        JournalError.EXPORT_NOT_FOUND, "group %s has no export %s".formatted(pg, id)));
    }

    private Optional<ExportJob> find(PgId pg, UUID id) {
        return Optional.ofNullable(jobs.get(id)).filter(job -> job.export().pg().equals(pg));
    }

    /** A volume's file as this store sees it, once the export is DONE. */
    public Optional<Path> file(ImageExport export, ImageExport.Volume volume) {
        return exporter.filter(_ -> export.progress().state() == ImageExport.State.DONE)
                .map(writer -> writer.directory().fileOf(export, volume));
    }

    /**
     * Ends an export, for good at once; its files go now, or as soon as its writer has given up. One that is not there is fine.
     *
     * @throws HoldfastException {@code STORAGE_UNUSABLE}: it is there as before
     */
    public void delete(PgId pg, UUID id) {
        ExportDirectory directory;
        synchronized (this) {
            Optional<ExportJob> found = find(pg, id);
            if (found.isEmpty()) {
                return;
            }
            directory = requireExporter().directory();
            directory.forget(id);
            jobs.remove(id);
            found.get().stop(new HoldfastException(JournalError.EXPORT_NOT_FOUND, "the export was deleted"));
            if (found.get().isRunning()) {
                return;
            }
        }
        directory.remove(id);
    }

    /** Ends what has had its time, so that the history can age on. Called every few seconds, by another thread than the one that writes. */
    public synchronized void expire(Instant now) {
        exporter.ifPresent(writer -> jobs.values().stream()
                .filter(job -> !job.export().isEnded())
                .filter(job -> !job.export()
                        .orderedAt()
                        .plus(writer.options().timeLimit())
                        .isAfter(now))
                .forEach(job -> {
                    job.stop(new HoldfastException(
                            JournalError.EXPORT_TIMED_OUT,
                            "not written within %s; see holdfast.journal.export-time-limit"
                                    .formatted(writer.options().timeLimit())));
                    if (job.isWaiting()) {
                        writer.end(job);
                    }
                }));
    }

    /** The oldest waiting export, which runs from now on; blocks until there is one. Empty = no more will come. */
    synchronized Optional<ExportJob> take() throws InterruptedException {
        while (!closed) {
            Optional<ExportJob> next =
                    jobs.values().stream().filter(ExportJob::isWaiting).findFirst();
            if (next.isPresent()) {
                next.get().export(next.get().export().at(0));
                return next;
            }
            wait();
        }
        return Optional.empty();
    }

    /** What was written is written, or not. */
    void ended(ExportJob job) {
        UUID id = job.export().id();
        synchronized (this) {
            if (jobs.containsKey(id)) {
                requireExporter().end(job);
                return;
            }
            job.releasePoint();
        }
        requireExporter().directory().remove(id);
    }

    /** Ends what runs. */
    @Override
    public void close() {
        exporter.ifPresent(writer -> {
            synchronized (this) {
                closed = true;
                notifyAll();
                jobs.values().stream().filter(job -> !job.export().isEnded()).forEach(job -> {
                    job.stop(new HoldfastException(JournalError.EXPORT_INTERRUPTED, "the journal-store was stopped"));
                    if (job.isWaiting()) {
                        writer.end(job);
                    }
                });
            }
            writer.close();
        });
    }
}
