package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.StorageSaid;
import io.holdfast.journalstore.adapter.qemu.QemuImg;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.seeding.EqualExcept;
import io.holdfast.journalstore.seeding.Keep;
import io.holdfast.journalstore.seeding.SeedFormat;
import io.holdfast.journalstore.seeding.SeedNote;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.journalstore.space.SpaceGuard;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Imports images into replicas before their first sync (docs/sync-states.md, "Seeding"): converted beside the replica, forced, and put in its place by one
 * rename under the journal's lock, if the volume's first sync has not begun by then. A crash leaves the replica as it was, or seeded, and a note that says which.
 *
 * <p>Bounds: {@value #AT_ONCE} imports at one time, one of a volume; the newest {@value SeedNotes#KEPT} of a journal are kept, in its {@code seeds.json}. Thread-safe.
 */
public final class Seeds implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Seeds.class.getName());
    private static final int AT_ONCE = 2;
    /** Room for what formats add when they round a disk's size up. */
    private static final long ROUNDING_BYTES = 64L << 20;

    private final JournalStore store;
    private final Optional<Path> folder;
    private final QemuImg qemu;
    /** What runs in this process, with its progress; and what ended and could not be noted. */
    private final Map<UUID, SeedTask> current = new HashMap<>();

    private final List<Thread> threads = new ArrayList<>();

    /**
     * What is asked for.
     *
     * @param file relative to the folder of seeds
     * @param keep that what it holds stays to be read as a branch
     * @param equalExcept what is known of it; the image is as large as the volume then
     */
    public record Order(
            PgId pg,
            VolumeId volume,
            SeedFormat format,
            String file,
            Optional<Keep> keep,
            Optional<EqualExcept> equalExcept) {
        public Order(PgId pg, VolumeId volume, SeedFormat format, String file, Optional<Keep> keep) {
            this(pg, volume, format, file, keep, Optional.empty());
        }

        /** What is known may be more by the time an order is repeated: the first one's counts. */
        private boolean isOf(SeedNote note) {
            SeedTask task = note.task();
            return task.volume().equals(volume)
                    && task.format() == format
                    && task.file().equals(file)
                    && note.keep().equals(keep);
        }
    }

    /** @param folder of images that may be imported; empty = none may */
    public Seeds(JournalStore store, Optional<Path> folder, QemuImg qemu) {
        this.store = store;
        this.folder = folder;
        this.qemu = qemu;
    }

    /**
     * Begins an import, or finds the one that the same order with the same key began, before a restart too.
     *
     * @param idempotencyKey empty = none; it holds within a group
     * @throws HoldfastException {@code SEEDING_OFF}, {@code JOURNAL_NOT_FOUND}, {@code VOLUME_NOT_FOUND}, {@code SEED_UNUSABLE}, {@code SEED_TOO_LATE}, {@code TOO_MANY_REQUESTS},
     *     {@code INVALID_RANGE} when what is known does not lie in the volume, {@code BRANCH_RETAINED}, {@code BRANCH_NAME_TAKEN}, {@code NO_SPACE}, {@code IDEMPOTENCY_KEY_REUSED}, and storage failures; nothing has begun then
     */
    public synchronized SeedTask start(Order order, String idempotencyKey) {
        Journal journal = store.require(order.pg());
        Optional<SeedNote> before = SeedNotes.of(journal.files(), order.pg()).stream()
                .filter(note ->
                        !idempotencyKey.isEmpty() && note.idempotencyKey().equals(idempotencyKey))
                .findFirst();
        if (before.isPresent()) {
            if (!order.isOf(before.get())) {
                throw new HoldfastException(
                        CommonError.IDEMPOTENCY_KEY_REUSED, "the Idempotency-Key was used for another seed");
            }
            return newest(before.get());
        }
        Path image = imageOf(order.file());
        VolumeSlot slot = journal.requireSeedable(order.volume());
        order.keep().ifPresent(keep -> journal.requireNotABranch(keep.branch()));
        order.equalExcept().ifPresent(known -> requireInside(known, slot));
        requireRoom(order.volume());
        SeedTask task = SeedTask.started(order.pg(), order.volume(), order.format(), order.file(), Instant.now());
        SeedNote note = SeedNote.begun(task, idempotencyKey, order.keep(), order.equalExcept(), slot.sizeBytes());
        SeedNotes.write(journal.files(), note);
        if (current.size() > SeedNotes.KEPT) {
            current.values().removeIf(old -> old.state() != SeedTask.State.RUNNING);
        }
        current.put(task.id(), task);
        threads.removeIf(thread -> !thread.isAlive());
        threads.add(Thread.ofPlatform()
                .name("seed-" + order.volume())
                .daemon()
                .start(() -> run(note, journal, slot, image)));
        return task;
    }

    private static void requireInside(EqualExcept known, VolumeSlot slot) {
        try {
            known.ranges().requireInside(slot.sizeBytes());
        } catch (IllegalArgumentException outside) {
            throw new HoldfastException(JournalError.INVALID_RANGE, "equalExcept: " + outside.getMessage(), outside);
        }
    }

    private void requireRoom(VolumeId volume) {
        List<SeedTask> running = current.values().stream()
                .filter(task -> task.state() == SeedTask.State.RUNNING)
                .toList();
        if (running.size() >= AT_ONCE
                || running.stream().anyMatch(task -> task.volume().equals(volume))) {
            throw new HoldfastException(
                    JournalError.TOO_MANY_REQUESTS, "this volume, or as many as may be, are being seeded already");
        }
        if (!store.hasRoom()) {
            throw new HoldfastException(JournalError.NO_SPACE, "the journals' volume has no room for a seed");
        }
    }

    private Path imageOf(String file) {
        Path root = folder.orElseThrow(() -> new HoldfastException(
                JournalError.SEEDING_OFF, "there is no folder of seeds; set holdfast.journal.seed-folder"));
        try {
            Path real = root.resolve(file).toRealPath();
            if (real.startsWith(root.toRealPath()) && Files.isRegularFile(real)) {
                return real;
            }
        } catch (IOException | InvalidPathException absent) {
            // Said below, in the same words as for a file elsewhere: nobody learns what this host has.
        }
        throw new HoldfastException(
                JournalError.SEED_UNUSABLE,
                "the folder of seeds has no file of this name; it is relative to the folder");
    }

    private void run(SeedNote note, Journal journal, VolumeSlot slot, Path image) {
        Path raw = SeedNotes.imageOf(journal.files(), note.task());
        Optional<HoldfastException> failure = Optional.empty();
        try {
            prepare(note, slot, image, raw);
            synchronized (this) {
                SeedNotes.write(journal.files(), note.beforePutting());
            }
            journal.seed(note.task().volume(), raw, note.task().id(), note.keep());
        } catch (HoldfastException refused) {
            failure = Optional.of(refused);
        } catch (IOException failed) {
            failure = Optional.of(StorageSaid.translate("the image cannot be written", failed));
        } catch (RuntimeException defect) {
            LOG.log(System.Logger.Level.ERROR, "A seed failed by a defect of ours; volume=" + slot.volume(), defect);
            failure = Optional.of(new HoldfastException(CommonError.INTERNAL, "the import failed", defect));
        }
        free(raw);
        end(note, journal, failure, raw);
    }

    private void prepare(SeedNote note, VolumeSlot slot, Path image, Path raw) throws IOException {
        SeedTask task = note.task();
        long size = qemu.virtualSize(image, task.format());
        if (note.equalExcept().isPresent() && size != slot.sizeBytes()) {
            throw new HoldfastException(
                    JournalError.SEED_UNUSABLE,
                    "the image holds a disk of %d bytes, the volume has %d: equalExcept can be said of an image of the same size only"
                            .formatted(size, slot.sizeBytes()));
        }
        if (size > 2 * slot.sizeBytes() + ROUNDING_BYTES) {
            throw new HoldfastException(
                    JournalError.SEED_UNUSABLE,
                    "the image holds a disk of %d bytes, the volume has %d".formatted(size, slot.sizeBytes()));
        }
        Files.createDirectories(raw.getParent());
        qemu.convertToRaw(image, task.format(), raw, percent -> progress(task, percent));
        // What an image has beyond the volume's end, or lacks before it, is found different and sent.
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(slot.sizeBytes());
            file.getFD().sync();
        }
    }

    /** An import must not be what makes every journal of the volume pause. */
    private void progress(SeedTask task, int percent) {
        if (store.checkSpace() != SpaceGuard.Verdict.ROOM) {
            throw new HoldfastException(
                    CommonError.STORAGE_FULL, "the journals' volume is down to its reserve; the seed was given up");
        }
        synchronized (this) {
            current.put(task.id(), task.at(percent));
        }
    }

    /** Frees the space of what was not put in place, but leaves the file until its end is noted: it says that the replica is as it was. */
    private static void free(Path raw) {
        if (Files.exists(raw)) {
            try (FileChannel file = FileChannel.open(raw, StandardOpenOption.WRITE)) {
                file.truncate(0);
            } catch (IOException left) {
                LOG.log(System.Logger.Level.WARNING, "A seed's remains cannot be freed; file=" + raw, left);
            }
        }
    }

    private static void deleteQuietly(Path raw) {
        try {
            Files.deleteIfExists(raw);
        } catch (IOException left) {
            // The next start removes it.
        }
    }

    /** Whoever sees the end of an import sees nothing left of it. */
    private synchronized void end(SeedNote note, Journal journal, Optional<HoldfastException> failure, Path raw) {
        SeedTask task = current.get(note.task().id());
        SeedTask ended = failure.map(cause -> task.failed(cause.code().name(), cause.getMessage(), Instant.now()))
                .orElseGet(() -> task.done(Instant.now()));
        LOG.log(
                System.Logger.Level.INFO,
                "A seed ended; volume=" + task.volume() + " group=" + task.pg() + " file=" + task.file() + " state="
                        + ended.state()
                        + failure.map(cause -> " reason=" + cause.getMessage()).orElse(""));
        try {
            SeedNotes.write(journal.files(), note.as(ended));
            deleteQuietly(raw);
            current.remove(ended.id());
        } catch (HoldfastException notNoted) {
            LOG.log(System.Logger.Level.WARNING, "A seed's end cannot be noted; volume=" + task.volume(), notNoted);
            current.put(ended.id(), ended);
        }
    }

    /** What this process knows is newer than what is on disk. */
    private SeedTask newest(SeedNote note) {
        return current.getOrDefault(note.task().id(), note.task());
    }

    /** @throws HoldfastException {@code TASK_NOT_FOUND}, {@code JOURNAL_NOT_FOUND}, {@code STORAGE_UNUSABLE} */
    public synchronized SeedTask task(PgId pg, VolumeId volume, UUID id) {
        return SeedNotes.of(store.require(pg).files(), pg).stream()
                .filter(note ->
                        note.task().id().equals(id) && note.task().volume().equals(volume))
                .findFirst()
                .map(this::newest)
                .orElseThrow(
                        () -> new HoldfastException(JournalError.TASK_NOT_FOUND, "there is no task %s".formatted(id)));
    }

    /** Ends imports under way; they leave nothing. */
    @Override
    public void close() {
        List<Thread> running;
        synchronized (this) {
            running = List.copyOf(threads);
        }
        qemu.close();
        for (Thread thread : running) {
            try {
                thread.join(Duration.ofSeconds(5));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
