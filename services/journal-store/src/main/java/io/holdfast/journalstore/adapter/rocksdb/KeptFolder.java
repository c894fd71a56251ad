package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.adapter.files.KeptFile;
import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.seeding.KeptDisk;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The files of a journal's kept disks. One thread at a time. */
final class KeptFolder {
    private static final System.Logger LOG = System.getLogger(KeptFolder.class.getName());

    private final JournalFiles files;
    private final Images images;
    private final boolean readOnly;

    KeptFolder(JournalFiles files, Images images, boolean readOnly) {
        this.files = files;
        this.images = images;
        this.readOnly = readOnly;
    }

    /** @throws HoldfastException {@code JOURNAL_DAMAGED} */
    List<KeptDisk> list() {
        return KeptFile.read(files.keptList());
    }

    /** Durable. */
    void store(List<KeptDisk> disks) {
        KeptFile.write(files.keptList(), disks);
    }

    /** A disk of which nothing was saved so far. */
    KeptVolume create(KeptDisk disk) {
        try {
            for (String name : BranchBase.names(disk.volumeIndex())) {
                Files.deleteIfExists(files.kept().resolve(name));
            }
        } catch (IOException failure) {
            throw StorageFailures.translate("making room for what is kept of an old disk", failure);
        }
        return open(disk);
    }

    KeptVolume open(KeptDisk disk) {
        int index = disk.volumeIndex();
        try {
            BranchBase base = BranchBase.open(files.kept(), index, disk.sizeBytes(), () -> images.of(index), readOnly);
            if (!readOnly) {
                SafeFile.forceFolder(files.kept());
            }
            return new KeptVolume(disk, base);
        } catch (IOException failure) {
            throw StorageFailures.translate("opening what is kept of an old disk", failure);
        }
    }

    /** Removes files of volumes of which nothing is kept any more. */
    void clean(Collection<Integer> keptVolumes) {
        if (readOnly || !Files.exists(files.kept())) {
            return;
        }
        Set<String> needed = keptVolumes.stream()
                .flatMap(index -> BranchBase.names(index).stream())
                .collect(Collectors.toSet());
        try (var all = Files.list(files.kept())) {
            for (Path path : all.toList()) {
                if (!needed.contains(path.getFileName().toString())) {
                    Files.delete(path);
                }
            }
            SafeFile.forceFolder(files.kept());
        } catch (IOException left) {
            LOG.log(System.Logger.Level.WARNING, "Remains of a kept disk cannot be removed", left);
        }
    }
}
