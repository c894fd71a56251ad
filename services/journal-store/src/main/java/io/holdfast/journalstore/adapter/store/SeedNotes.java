package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.adapter.files.SeedFile;
import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.journalstore.seeding.SeedNote;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The imports of a journal as its folder has them (docs/journal-recovery.md). One thread at a time. */
final class SeedNotes {
    static final int KEPT = 64;

    private static final System.Logger LOG = System.getLogger(SeedNotes.class.getName());

    private SeedNotes() {}

    /** Where the task's image is prepared. */
    static Path imageOf(JournalFiles files, SeedTask task) {
        return files.seeding().resolve(task.volume() + ".raw");
    }

    /** Replaces the note of the task, or adds it; the oldest that has ended makes room. */
    static void write(JournalFiles files, SeedNote note) {
        PgId pg = note.task().pg();
        List<SeedNote> notes = new ArrayList<>(of(files, pg));
        int at = 0;
        while (at < notes.size()
                && !notes.get(at).task().id().equals(note.task().id())) {
            at++;
        }
        if (at < notes.size()) {
            notes.set(at, note);
        } else {
            notes.add(note);
        }
        if (notes.size() > KEPT) {
            notes.stream()
                    .filter(old -> old.task().state() != SeedTask.State.RUNNING)
                    .findFirst()
                    .ifPresent(notes::remove);
        }
        SeedFile.write(files.seeds(), notes);
    }

    /** Oldest first. */
    static List<SeedNote> of(JournalFiles files, PgId pg) {
        return SeedFile.read(files.seeds(), pg);
    }

    /**
     * Where a volume's replica, as its newest import made it, may differ from what the capture saw at its begin.
     *
     * @return empty = nothing is known
     * @throws HoldfastException {@code STORAGE_UNUSABLE}
     */
    static Optional<Regions> differing(JournalFiles files, PgId pg, VolumeSlot slot, String captureId) {
        return of(files, pg).stream()
                .filter(note -> note.task().volume().equals(slot.volume()) && note.mayHavePut())
                .reduce((_, newer) -> newer)
                .flatMap(note -> note.differingFrom(captureId, slot.sizeBytes()));
    }

    /**
     * Settles how imports ended that were under way when the service ended, and removes their remains. Before the journal is used.
     *
     * @return those that have put nothing in a replica's place
     */
    static Set<UUID> recover(PgId pg, JournalFiles files) {
        try {
            List<SeedNote> found = SeedFile.read(files.seeds(), pg);
            List<SeedNote> settled = found.stream()
                    .map(note -> note.afterRestart(Files.exists(imageOf(files, note.task())), Instant.now()))
                    .toList();
            if (!settled.equals(found)) {
                SeedFile.write(files.seeds(), settled);
            }
            SafeFile.deleteFolder(files.seeding());
            return settled.stream()
                    .map(SeedNote::task)
                    .filter(task -> task.state() == SeedTask.State.FAILED)
                    .map(SeedTask::id)
                    .collect(Collectors.toSet());
        } catch (IOException | HoldfastException left) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Remains of a seed cannot be removed; folder=" + files.seeding(),
                    left);
            return Set.of();
        }
    }
}
