package io.holdfast.journalstore.adapter.image;

import io.holdfast.journalstore.adapter.files.DataDirectory;
import io.holdfast.journalstore.adapter.files.ExportFile;
import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The exports of one store on disk (docs/journal-recovery.md, section "Exports"): a folder for each, named as its id, with {@code export.json} and
 * the images. Locked for as long as this object lives. Folders of other names are left alone. Safe for any number of threads as long as each export has one
 * writer.
 */
final class ExportDirectory implements AutoCloseable {
    /** A folder that is being deleted; renaming it is the moment from which the export is gone. */
    private static final String DELETED = ".deleted";

    private final DataDirectory locked;

    /** @throws HoldfastException {@code STORAGE_UNUSABLE} or {@code DATA_DIRECTORY_IN_USE} */
    ExportDirectory(Path path) {
        locked = DataDirectory.lock(path);
    }

    Path folderOf(UUID id) {
        return locked.path().resolve(id.toString());
    }

    Path fileOf(ImageExport export, ImageExport.Volume volume) {
        return folderOf(export.id()).resolve(export.fileOf(volume));
    }

    long freeBytes() {
        return locked.freeBytes();
    }

    /**
     * Every export, oldest first, after ending what a crash or restart has interrupted: such an export has failed and has no image, not even a whole one of
     * one volume.
     */
    List<ImageExport> takeUp() {
        return storing("the export directory cannot be taken up", () -> {
            try (Stream<Path> entries = Files.list(locked.path())) {
                for (Path entry : entries.filter(Files::isDirectory).toList()) {
                    if (isRemains(entry)) {
                        SafeFile.deleteFolder(entry);
                    }
                }
            }
            List<ImageExport> exports = new ArrayList<>();
            for (ImageExport found : ExportFile.readAll(locked.path())) {
                exports.add(found.isEnded() ? found : interrupted(found));
            }
            return exports;
        });
    }

    /** Deleted, or never ordered: the description comes before everything else. */
    private static boolean isRemains(Path folder) throws IOException {
        String name = folder.getFileName().toString();
        if (name.endsWith(DELETED)) {
            return isId(name.substring(0, name.length() - DELETED.length()));
        }
        if (!isId(name)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.allMatch(file -> file.getFileName().toString().equals(ExportFile.NAME + ".new"));
        }
    }

    private static boolean isId(String name) {
        try {
            return UUID.fromString(name).toString().equals(name);
        } catch (IllegalArgumentException otherwiseNamed) {
            return false;
        }
    }

    private ImageExport interrupted(ImageExport export) {
        return end(export.failed(new HoldfastException(
                JournalError.EXPORT_INTERRUPTED, "the journal-store was stopped, or died, before it was written")));
    }

    /** Makes the folder; afterwards the order is durable. */
    void create(ImageExport export) {
        storing("an export cannot be stored", () -> {
            // The group may read the images, others may not: they are whole disks.
            Files.createDirectory(
                    folderOf(export.id()),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
            ExportFile.write(folderOf(export.id()), export);
            SafeFile.forceFolder(locked.path());
            return null;
        });
    }

    /** Stores how an export ended; of a failed one no image is left. */
    ImageExport end(ImageExport ended) {
        if (ended.progress().state() == ImageExport.State.FAILED) {
            removeImages(ended);
        }
        ExportFile.write(folderOf(ended.id()), ended);
        return ended;
    }

    private void removeImages(ImageExport export) {
        storing("images of a failed export cannot be removed", () -> {
            for (ImageExport.Volume volume : export.volumes()) {
                Files.deleteIfExists(fileOf(export, volume));
                Files.deleteIfExists(ImageWriter.partialOf(fileOf(export, volume)));
            }
            return null;
        });
    }

    /** From here on the export does not exist, also after a crash. Its files go with {@link #remove}. */
    void forget(UUID id) {
        storing("the export cannot be deleted", () -> {
            Files.move(folderOf(id), deletedFolderOf(id), StandardCopyOption.ATOMIC_MOVE);
            SafeFile.forceFolder(locked.path());
            return null;
        });
    }

    /** Frees the space of a forgotten export; what cannot be removed now goes with the next start. */
    void remove(UUID id) {
        try {
            SafeFile.deleteFolder(deletedFolderOf(id));
        } catch (IOException later) {
            System.getLogger(ExportDirectory.class.getName())
                    .log(System.Logger.Level.WARNING, "files of deleted export %s remain".formatted(id), later);
        }
    }

    private Path deletedFolderOf(UUID id) {
        return locked.path().resolve(id + DELETED);
    }

    private interface Storing<T> {
        T run() throws IOException;
    }

    private static <T> T storing(String failed, Storing<T> work) {
        try {
            return work.run();
        } catch (IOException failure) {
            throw new HoldfastException(CommonError.STORAGE_UNUSABLE, failed + ": " + failure, failure);
        }
    }

    @Override
    public void close() {
        locked.close();
    }
}
