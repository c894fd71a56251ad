package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.adapter.files.ExportFile;
import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalPoints;
import io.holdfast.journalstore.adapter.rocksdb.OpenPoint;
import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Writes points into files of the export directory, one export after the other. An export holds its point in the history from its order until its end; a restart
 * ends it as failed. Safe for any number of threads.
 */
public final class ImageExports implements AutoCloseable {
    /** Exports at one time, ended ones included: delete some to order more. */
    public static final int LIMIT = 256;

    private static final long END_MILLIS = 30_000;

    /**
     * @param volumes to write; empty = all of the point
     * @param idempotencyKey empty = none
     * @param fingerprint of the request, to tell a repetition from another request under the same key
     */
    public record Order(
            PgId pg,
            Point point,
            ImageFormat format,
            List<VolumeId> volumes,
            String idempotencyKey,
            String fingerprint) {}

    private static final class Entry {
        private volatile ImageExport export;
        private OpenPoint point;
        private Journal journal;
        private volatile boolean deleted;

        Entry(ImageExport export) {
            this.export = export;
        }

        void releasePoint() {
            if (point != null) {
                point.close();
                point = null;
            }
        }
    }

    private final JournalStore store;
    private final Optional<Path> directory;
    private final long reserveBytes;
    private final Map<UUID, Entry> entries = new LinkedHashMap<>();
    private Thread worker;
    private volatile boolean closed;

    /**
     * @param directory empty = exports are switched off
     * @param reserveBytes that stay free there
     * @throws HoldfastException {@code STORAGE_UNUSABLE}
     */
    public ImageExports(JournalStore store, Optional<Path> directory, long reserveBytes) {
        this.store = store;
        this.directory = directory;
        this.reserveBytes = reserveBytes;
        directory.ifPresent(this::takeUp);
    }

    private void takeUp(Path folder) {
        try {
            Files.createDirectories(folder);
            for (ImageExport export : ExportFile.readAll(folder)) {
                Entry entry = new Entry(export);
                if (!export.progress().state().isEnded()) {
                    for (ImageExport.Volume volume : export.volumes()) {
                        Files.deleteIfExists(folderOf(export.id()).resolve(volume.file() + ".partial"));
                    }
                    store(entry, export.failed("the journal-store was restarted meanwhile"));
                }
                entries.put(export.id(), entry);
            }
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the export directory cannot be used: " + failure, failure);
        }
        // Starts the child processes, which die with it.
        worker = Thread.ofPlatform().name("image-exports").daemon().start(this::work);
    }

    private Path folderOf(UUID id) {
        return directory.orElseThrow().resolve(id.toString());
    }

    private void store(Entry entry, ImageExport next) {
        entry.export = next;
        ExportFile.write(folderOf(next.id()), next);
    }

    /**
     * Orders an export, or finds the one that the same order has made.
     *
     * @throws HoldfastException {@code EXPORTS_DISABLED}, {@code TOO_MANY_OPEN}, {@code VOLUME_NOT_FOUND}, {@code IDEMPOTENCY_KEY_REUSED}, and what opening the
     *     point says
     */
    public synchronized ImageExport order(Order order) {
        if (directory.isEmpty()) {
            throw new HoldfastException(
                    JournalError.EXPORTS_DISABLED, "holdfast.journal.export-directory is not set on this store");
        }
        Optional<ImageExport> before = repeated(order);
        if (before.isPresent()) {
            return before.get();
        }
        if (entries.size() >= LIMIT) {
            throw new HoldfastException(
                    JournalError.TOO_MANY_OPEN,
                    "%d exports are there, ended ones included; delete one first".formatted(entries.size()));
        }
        Journal journal = store.require(order.pg());
        OpenPoint point = new JournalPoints(journal).open(order.point());
        try {
            Entry entry = new Entry(new ImageExport(
                    UUID.randomUUID(),
                    order.pg(),
                    point.lsn(),
                    order.format(),
                    Instant.now(),
                    volumes(order, point),
                    new ImageExport.Progress(ImageExport.State.WAITING, 0, ""),
                    order.idempotencyKey(),
                    order.fingerprint()));
            entry.point = point;
            entry.journal = journal;
            Files.createDirectories(folderOf(entry.export.id()));
            store(entry, entry.export);
            entries.put(entry.export.id(), entry);
            notifyAll();
            return entry.export;
        } catch (IOException failure) {
            point.close();
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the export directory cannot be written: " + failure, failure);
        } catch (RuntimeException refused) {
            point.close();
            throw refused;
        }
    }

    private Optional<ImageExport> repeated(Order order) {
        Optional<ImageExport> before = entries.values().stream()
                .map(entry -> entry.export)
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
                .map(slot -> new ImageExport.Volume(
                        slot.volume(),
                        slot.name(),
                        slot.sizeBytes(),
                        slot.volume() + "." + order.format().text()))
                .toList();
    }

    /** Oldest first. */
    public synchronized List<ImageExport> of(PgId pg) {
        return entries.values().stream()
                .map(entry -> entry.export)
                .filter(export -> export.pg().equals(pg))
                .toList();
    }

    /** @throws HoldfastException {@code EXPORT_NOT_FOUND} */
    public synchronized ImageExport require(PgId pg, UUID id) {
        return Optional.ofNullable(entries.get(id))
                .map(entry -> entry.export)
                .filter(export -> export.pg().equals(pg))
                .orElseThrow(() -> new HoldfastException(
                        JournalError.EXPORT_NOT_FOUND, "group %s has no export %s".formatted(pg, id)));
    }

    /** Folder of an export's files, as this store sees it. */
    public Path folder(ImageExport export) {
        return folderOf(export.id());
    }

    /** Ends an export and removes its files; one that runs goes soon after. One that is not there is fine. */
    public synchronized void delete(PgId pg, UUID id) {
        Entry entry = entries.get(id);
        if (entry == null || !entry.export.pg().equals(pg)) {
            return;
        }
        entry.deleted = true;
        entries.remove(id);
        if (entry.export.progress().state() != ImageExport.State.RUNNING) {
            remove(entry);
        }
    }

    private void remove(Entry entry) {
        entry.releasePoint();
        try {
            SafeFile.deleteFolder(folderOf(entry.export.id()));
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the export's files cannot be deleted: " + failure, failure);
        }
    }

    private void work() {
        while (!closed) {
            try {
                Optional<Entry> next = take();
                if (next.isPresent()) {
                    make(next.get());
                }
            } catch (InterruptedException ending) {
                return;
            } catch (RuntimeException unforeseen) {
                System.getLogger(ImageExports.class.getName())
                        .log(System.Logger.Level.ERROR, "an export ended in an unforeseen way", unforeseen);
            }
        }
    }

    private synchronized Optional<Entry> take() throws InterruptedException {
        Optional<Entry> next = entries.values().stream()
                .filter(entry -> entry.export.progress().state() == ImageExport.State.WAITING)
                .findFirst();
        if (closed) {
            return Optional.empty();
        }
        if (next.isEmpty()) {
            wait();
        } else {
            next.get().export = next.get().export.at(0);
        }
        return next;
    }

    private void make(Entry entry) {
        ImageExport ended;
        try {
            long before = 0;
            for (ImageExport.Volume volume : entry.export.volumes()) {
                long start = before;
                VolumeSlot slot = entry.point.volumes().stream()
                        .filter(candidate -> candidate.volume().equals(volume.volume()))
                        .findFirst()
                        .orElseThrow();
                ImageWriter.write(
                        entry.journal.reader(slot, entry.point.lsn()),
                        entry.export.format(),
                        folderOf(entry.export.id()).resolve(volume.file()),
                        done -> goOn(entry, start + done));
                before += volume.sizeBytes();
            }
            ended = entry.export.done();
        } catch (IOException | RuntimeException failure) {
            ended = entry.export.failed(failure.getMessage());
        }
        end(entry, ended);
    }

    private synchronized void end(Entry entry, ImageExport ended) {
        entry.releasePoint();
        entry.export = ended;
        if (entry.deleted) {
            remove(entry);
        } else if (!closed) {
            store(entry, ended);
        }
    }

    private void goOn(Entry entry, long doneBytes) throws IOException {
        if (entry.deleted || closed) {
            throw new IOException("the export was ended");
        }
        long free = Files.getFileStore(folderOf(entry.export.id())).getUsableSpace();
        if (free < reserveBytes) {
            throw new IOException("NO_SPACE: the export directory is down to its reserve of %d bytes, %d are free"
                    .formatted(reserveBytes, free));
        }
        entry.export = entry.export.at(doneBytes);
    }

    /** Ends what runs; after the next start it shows as failed. */
    @Override
    public void close() {
        closed = true;
        if (worker == null) {
            return;
        }
        synchronized (this) {
            notifyAll();
        }
        try {
            worker.join(END_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            entries.values().forEach(Entry::releasePoint);
        }
    }
}
