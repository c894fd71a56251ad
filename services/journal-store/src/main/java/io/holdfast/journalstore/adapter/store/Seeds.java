package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.qemu.QemuImg;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.seeding.SeedFormat;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Imports images into replicas before their first sync (docs/sync-states.md, "Seeding"): converted beside the replica, forced, and put in its place by one
 * rename under the journal's lock, if the volume's first sync has not begun by then. A crash leaves the replica as it was, and remains that the next start removes.
 *
 * <p>Bounds: {@value #AT_ONCE} imports at one time, one of a volume; the last {@value #REMEMBERED} tasks are remembered, in memory only. Thread-safe.
 */
public final class Seeds implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Seeds.class.getName());
    private static final int AT_ONCE = 2;
    private static final int REMEMBERED = 256;
    /** Room for what formats add when they round a disk's size up. */
    private static final long ROUNDING_BYTES = 64L << 20;

    private final JournalStore store;
    private final Optional<Path> folder;
    private final QemuImg qemu;
    private final Map<UUID, SeedTask> tasks = new LinkedHashMap<>();
    private final Map<String, Repeat> keys = new LinkedHashMap<>();
    private final List<Thread> running = new ArrayList<>();

    private record Repeat(Order order, UUID task) {}

    /** What is asked for. {@code file} is relative to the folder of seeds. */
    public record Order(PgId pg, VolumeId volume, SeedFormat format, String file) {}

    /** @param folder of images that may be imported; empty = none may */
    public Seeds(JournalStore store, Optional<Path> folder, QemuImg qemu) {
        this.store = store;
        this.folder = folder;
        this.qemu = qemu;
    }

    /** Where imports are prepared, in a journal's folder. */
    static Path stagingOf(Path journal) {
        return journal.resolve("seeding");
    }

    /**
     * Begins an import.
     *
     * @param idempotencyKey empty = none
     * @throws HoldfastException {@code SEEDING_OFF}, {@code JOURNAL_NOT_FOUND}, {@code VOLUME_NOT_FOUND}, {@code SEED_UNUSABLE}, {@code SEED_TOO_LATE}, {@code TOO_MANY_REQUESTS},
     *     {@code NO_SPACE}, {@code IDEMPOTENCY_KEY_REUSED}
     */
    public synchronized SeedTask start(Order order, String idempotencyKey) {
        Repeat before = keys.get(idempotencyKey);
        if (before != null && !idempotencyKey.isEmpty()) {
            if (!before.order().equals(order)) {
                throw new HoldfastException(
                        CommonError.IDEMPOTENCY_KEY_REUSED, "the Idempotency-Key was used for another seed");
            }
            return require(before.task());
        }
        Path image = imageOf(order.file());
        Journal journal = store.require(order.pg());
        VolumeSlot slot = journal.requireSeedable(order.volume());
        long running = tasks.values().stream().filter(Seeds::isRunning).count();
        boolean same = tasks.values().stream()
                .anyMatch(task -> isRunning(task) && task.volume().equals(order.volume()));
        if (running >= AT_ONCE || same) {
            throw new HoldfastException(
                    JournalError.TOO_MANY_REQUESTS, "this volume, or as many as may be, are being seeded already");
        }
        if (!store.hasRoom()) {
            throw new HoldfastException(JournalError.NO_SPACE, "the journals' volume has no room for a seed");
        }
        SeedTask task = SeedTask.started(order.pg(), order.volume(), order.format(), order.file(), Instant.now());
        put(task);
        if (!idempotencyKey.isEmpty()) {
            keys.put(idempotencyKey, new Repeat(order, task.id()));
        }
        this.running.removeIf(thread -> !thread.isAlive());
        this.running.add(Thread.ofPlatform()
                .name("seed-" + order.volume())
                .daemon()
                .start(() -> run(task, journal, slot, image)));
        return task;
    }

    private static boolean isRunning(SeedTask task) {
        return task.state() == SeedTask.State.RUNNING;
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

    private void run(SeedTask task, Journal journal, VolumeSlot slot, Path image) {
        Path staging = stagingOf(journal.files().directory());
        Path raw = staging.resolve(task.volume() + ".raw");
        try {
            long size = qemu.virtualSize(image, task.format());
            if (size > 2 * slot.sizeBytes() + ROUNDING_BYTES) {
                throw new HoldfastException(
                        JournalError.SEED_UNUSABLE,
                        "the image holds a disk of %d bytes, the volume has %d".formatted(size, slot.sizeBytes()));
            }
            Files.createDirectories(staging);
            qemu.convertToRaw(image, task.format(), raw, percent -> progress(task.id(), percent));
            // What an image has beyond the volume's end, or lacks before it, is found different and sent.
            try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
                file.setLength(slot.sizeBytes());
                file.getFD().sync();
            }
            journal.seed(task.volume(), raw);
            end(task.id(), Optional.empty());
        } catch (HoldfastException refused) {
            end(task.id(), Optional.of(refused));
        } catch (IOException | RuntimeException failed) {
            end(
                    task.id(),
                    Optional.of(new HoldfastException(
                            CommonError.STORAGE_UNUSABLE,
                            "the image cannot be written: " + failed.getMessage(),
                            failed)));
        } finally {
            deleteQuietly(raw);
        }
    }

    private static void deleteQuietly(Path raw) {
        try {
            Files.deleteIfExists(raw);
        } catch (IOException left) {
            // The next start removes it.
        }
    }

    /** Removes what an import that did not end has left. Before the journal is used. */
    static void removeRemains(Path journal) {
        try {
            SafeFile.deleteFolder(stagingOf(journal));
        } catch (IOException left) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Remains of a seed cannot be removed; folder=" + stagingOf(journal),
                    left);
        }
    }

    private synchronized void progress(UUID id, int percent) {
        put(require(id).at(percent));
    }

    private synchronized void end(UUID id, Optional<HoldfastException> failure) {
        SeedTask task = require(id);
        SeedTask ended = failure.map(cause -> task.failed(cause.code().name(), cause.getMessage(), Instant.now()))
                .orElseGet(() -> task.done(Instant.now()));
        put(ended);
        LOG.log(
                System.Logger.Level.INFO,
                "A seed ended; volume=" + task.volume() + " group=" + task.pg() + " file=" + task.file() + " state="
                        + ended.state()
                        + failure.map(cause -> " reason=" + cause.getMessage()).orElse(""));
    }

    private void put(SeedTask task) {
        tasks.put(task.id(), task);
        if (tasks.size() > REMEMBERED) {
            UUID oldest = tasks.values().stream()
                    .filter(old -> !isRunning(old))
                    .findFirst()
                    .orElseThrow()
                    .id();
            tasks.remove(oldest);
            keys.values().removeIf(repeat -> repeat.task().equals(oldest));
        }
    }

    private SeedTask require(UUID id) {
        return Optional.ofNullable(tasks.get(id))
                .orElseThrow(
                        () -> new HoldfastException(JournalError.TASK_NOT_FOUND, "there is no task %s".formatted(id)));
    }

    /** @throws HoldfastException {@code TASK_NOT_FOUND} */
    public synchronized SeedTask task(PgId pg, VolumeId volume, UUID id) {
        SeedTask task = require(id);
        if (!task.pg().equals(pg) || !task.volume().equals(volume)) {
            throw new HoldfastException(JournalError.TASK_NOT_FOUND, "there is no task %s".formatted(id));
        }
        return task;
    }

    /** Ends imports under way; they leave nothing. */
    @Override
    public void close() {
        List<Thread> threads;
        synchronized (this) {
            threads = List.copyOf(running);
        }
        qemu.close();
        for (Thread thread : threads) {
            try {
                thread.join(java.time.Duration.ofSeconds(5));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
