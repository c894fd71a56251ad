package io.holdfast.journalstore.adapter.tool;

import io.holdfast.journalstore.adapter.files.DataDirectory;
import io.holdfast.journalstore.adapter.files.ManifestFile;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.adapter.rocksdb.SharedMemory;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The journals that a command line names: below a data directory, or one journal's own folder, wherever it was moved to. */
final class ToolJournals implements AutoCloseable {
    private static final long MEMORY_BYTES = 256L << 20;

    private final SharedMemory memory = new SharedMemory(MEMORY_BYTES, 16L << 20);
    private final List<JournalFiles> found;

    ToolJournals(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new HoldfastException(CommonError.STORAGE_UNUSABLE, directory + " is not a folder");
        }
        Path data;
        if (Files.exists(new JournalFiles(directory).manifest())) {
            data = directory.toAbsolutePath().getParent();
            found = List.of(new JournalFiles(directory));
        } else {
            data = directory;
            found = DataDirectory.journals(directory).stream()
                    .map(pg -> JournalFiles.of(directory, pg))
                    .toList();
        }
        if (found.isEmpty()) {
            throw new HoldfastException(
                    JournalError.JOURNAL_NOT_FOUND,
                    "%s holds no journal; name the data directory, or a journal's own folder with a manifest.json"
                            .formatted(directory));
        }
        if (DataDirectory.isInUse(data)) {
            throw new HoldfastException(
                    JournalError.DATA_DIRECTORY_IN_USE,
                    "a journal-store is running on %s; use its REST interface, or stop it first".formatted(data));
        }
    }

    List<JournalFiles> all() {
        return found;
    }

    /** @throws HoldfastException when it cannot be opened */
    Journal open(JournalFiles files) {
        return Journal.openReadOnly(files, ManifestFile.read(files.manifest()), memory);
    }

    /** @param pg null = the only one there is */
    JournalFiles find(String pg) {
        if (pg == null) {
            if (found.size() == 1) {
                return found.getFirst();
            }
            throw new HoldfastException(
                    CommonError.INVALID_REQUEST,
                    "%d journals are here; choose one with --pg (see the command list)".formatted(found.size()));
        }
        PgId wanted = PgId.parse(pg);
        return found.stream()
                .filter(files -> ManifestFile.read(files.manifest()).pg().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new HoldfastException(
                        JournalError.JOURNAL_NOT_FOUND, "no journal of group %s is here".formatted(wanted)));
    }

    /** @param wanted id or name; null = the only one there is */
    static VolumeSlot volume(List<VolumeSlot> volumes, String wanted) {
        List<VolumeSlot> matching = volumes.stream()
                .filter(slot -> wanted == null
                        || slot.name().equals(wanted)
                        || slot.volume().toString().equals(wanted))
                .toList();
        if (matching.size() == 1) {
            return matching.getFirst();
        }
        String choices = String.join(
                ", ",
                volumes.stream()
                        .map(slot -> slot.volume() + " (" + slot.vmName() + ": " + slot.name() + ")")
                        .toList());
        throw new HoldfastException(
                JournalError.VOLUME_NOT_FOUND,
                "%s; at this point there are: %s"
                        .formatted(
                                matching.isEmpty()
                                        ? "no volume has the id or name " + wanted
                                        : "several volumes match; choose one with --volume",
                                choices));
    }

    @Override
    public void close() {
        memory.close();
    }
}
