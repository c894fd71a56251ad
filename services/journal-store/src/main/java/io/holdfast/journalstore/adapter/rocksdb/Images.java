package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.adapter.files.SafeFile;
import io.holdfast.journalstore.apply.FaultPoints;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.Manifest;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.device.FileBlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The replica images of one journal: sparse raw files, each with its checksums. Safe for any number of threads. */
final class Images implements AutoCloseable {
    private final Path directory;
    private final boolean readOnly;
    private final FaultPoints faults;
    private final Map<Integer, ReplicaImage> devices = new ConcurrentHashMap<>();

    Images(Path directory, boolean readOnly, FaultPoints faults) {
        this.directory = directory;
        this.faults = faults;
        this.readOnly = readOnly;
    }

    /**
     * Opens the images of all volumes; makes the ones that a volume needs for the first time, and lets them grow.
     *
     * @param mayCreate false when an image that is missing must have held something
     * @throws HoldfastException {@code JOURNAL_DAMAGED} for a missing or short image that cannot be made again
     */
    void follow(Manifest manifest, boolean mayCreate) {
        try {
            if (!readOnly) {
                Files.createDirectories(directory);
            }
            for (VolumeSlot slot : manifest.volumes()) {
                ReplicaImage open = devices.get(slot.index());
                if (open == null || open.size() < slot.sizeBytes()) {
                    open(slot, directory.resolve(manifest.imageName(slot)), mayCreate || open != null);
                }
            }
        } catch (IOException failure) {
            throw StorageFailures.translate("opening the replica images in " + directory, failure);
        }
    }

    private void open(VolumeSlot slot, Path path, boolean mayCreate) throws IOException {
        boolean exists = Files.exists(path);
        boolean whole = exists && Files.size(path) >= slot.sizeBytes();
        if (!whole && (readOnly || !exists && !mayCreate)) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED,
                    "the replica image %s is %s; volume %s has %d bytes"
                            .formatted(
                                    path.getFileName(),
                                    exists ? "too short" : "missing",
                                    slot.volume(),
                                    slot.sizeBytes()));
        }
        Path sums = ImageSums.beside(path);
        if (!exists) {
            ImageSums.create(sums, slot.sizeBytes());
        }
        if (!whole) {
            grow(path, slot.sizeBytes());
        }
        FileBlockDevice device = readOnly ? FileBlockDevice.openReadOnly(path) : FileBlockDevice.open(path);
        ReplicaImage before = devices.put(
                slot.index(),
                new ReplicaImage(slot.index(), device, ImageSums.open(sums, slot.sizeBytes(), readOnly), faults));
        if (before != null) {
            before.close();
        }
    }

    private static void grow(Path path, long size) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1), size - 1);
            file.force(true);
        }
    }

    /**
     * Puts another file in the place of a volume's image: all of it or nothing, whatever happens. Its checksums begin with nothing known.
     *
     * @param staged on the same file system, as large as the volume, forced
     */
    void replace(Manifest manifest, VolumeSlot slot, Path staged) {
        Path path = directory.resolve(manifest.imageName(slot));
        try {
            // Checksums of the old contents must not meet the new ones; without a file nothing is known, which is true
            // of both.
            Files.deleteIfExists(ImageSums.beside(path));
            SafeFile.forceFolder(directory);
            Files.move(staged, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            SafeFile.forceFolder(directory);
            open(slot, path, false);
        } catch (IOException failure) {
            throw StorageFailures.translate("putting a seed in place of " + path.getFileName(), failure);
        }
    }

    ReplicaImage of(int volumeIndex) {
        ReplicaImage device = devices.get(volumeIndex);
        if (device == null) {
            throw new HoldfastException(JournalError.VOLUME_NOT_FOUND, "no volume has index " + volumeIndex);
        }
        return device;
    }

    void force() throws IOException {
        for (ReplicaImage device : devices.values()) {
            device.force();
        }
    }

    @Override
    public void close() {
        for (ReplicaImage device : devices.values()) {
            try {
                device.close();
            } catch (IOException ignored) {
                // Everything that matters was forced before; there is nobody to tell.
            }
        }
        devices.clear();
    }
}
