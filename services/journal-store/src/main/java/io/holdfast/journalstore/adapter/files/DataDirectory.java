package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.adapter.rocksdb.JournalFiles;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The folder with all journals of one store, locked for as long as this object lives. */
public final class DataDirectory implements AutoCloseable {
    private static final String LOCK = ".lock";

    private final Path path;
    private final FileChannel lockFile;

    private DataDirectory(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /** @throws HoldfastException {@code STORAGE_UNUSABLE} or {@code DATA_DIRECTORY_IN_USE}; nothing is changed then */
    public static DataDirectory lock(Path path) {
        FileChannel file = null;
        try {
            Files.createDirectories(path);
            file = FileChannel.open(
                    path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = tryLock(file);
            if (lock == null) {
                file.close();
                throw new HoldfastException(
                        JournalError.DATA_DIRECTORY_IN_USE,
                        "another journal-store uses the data directory %s; stop it, or choose another directory"
                                .formatted(path));
            }
            return new DataDirectory(path, file);
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "the data directory %s cannot be created or written: %s".formatted(path, failure),
                    failure);
        }
    }

    private static FileLock tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    /** Whether a running store holds the directory. Changes nothing; false as well where that cannot be found out. */
    public static boolean isInUse(Path path) {
        Path lock = path.resolve(LOCK);
        if (!Files.exists(lock)) {
            return false;
        }
        try (FileChannel file = FileChannel.open(lock, StandardOpenOption.WRITE)) {
            FileLock taken = tryLock(file);
            if (taken == null) {
                return true;
            }
            taken.release();
            return false;
        } catch (IOException readOnlyMedium) {
            return false;
        }
    }

    /** Groups that have a journal here: folders named as a group's id that have a manifest. */
    public static List<PgId> journals(Path path) {
        List<PgId> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(path)) {
            for (Path entry : entries.sorted().toList()) {
                try {
                    PgId pg = PgId.parse(entry.getFileName().toString());
                    if (Files.exists(new JournalFiles(entry).manifest())) {
                        found.add(pg);
                    }
                } catch (HoldfastException notAJournal) {
                    // Other things may lie here: lost+found, for one.
                }
            }
            return found;
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the data directory %s cannot be read".formatted(path), failure);
        }
    }

    /** Whether two folders share their free space. Makes the first when it is not there. */
    public static boolean onOneVolume(Path one, Path other) {
        try {
            Files.createDirectories(one);
            return Files.getFileStore(one).equals(Files.getFileStore(other));
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "%s cannot be created or read: %s".formatted(one, failure), failure);
        }
    }

    public Path path() {
        return path;
    }

    /** Bytes that this process may still write. */
    public long freeBytes() {
        try {
            return Files.getFileStore(path).getUsableSpace();
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the file system of %s does not answer".formatted(path), failure);
        }
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException ignored) {
            // The lock ends with the process at the latest.
        }
    }
}
