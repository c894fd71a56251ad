package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.seeding.KeptDisk;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@code kept.json} of a journal: the old disks that it keeps, replaced as a whole. */
public final class KeptFile {
    private static final int FORMAT_VERSION = 1;

    private record DiskJson(
            String branch,
            String volumeId,
            int volumeIndex,
            long sizeBytes,
            String seedId,
            Instant since,
            Instant until,
            String damage) {
        static DiskJson of(KeptDisk disk) {
            return new DiskJson(
                    disk.branch(),
                    disk.volume().toString(),
                    disk.volumeIndex(),
                    disk.sizeBytes(),
                    disk.seed().toString(),
                    disk.since(),
                    disk.until(),
                    disk.damage().orElse(null));
        }

        KeptDisk disk() {
            return new KeptDisk(
                    branch,
                    VolumeId.parse(volumeId),
                    volumeIndex,
                    sizeBytes,
                    UUID.fromString(seedId),
                    since,
                    until,
                    Optional.ofNullable(damage));
        }
    }

    private record KeptJson(int formatVersion, List<DiskJson> disks) {}

    private KeptFile() {}

    /** @throws HoldfastException {@code STORAGE_FULL} or {@code STORAGE_UNUSABLE}; the file is as before then */
    public static void write(Path path, List<KeptDisk> disks) {
        try {
            SafeFile.replace(
                    path,
                    Json.MAPPER.writeValueAsBytes(new KeptJson(
                            FORMAT_VERSION, disks.stream().map(DiskJson::of).toList())));
        } catch (IOException failure) {
            throw StorageSaid.translate("%s cannot be written".formatted(path.getFileName()), failure);
        }
    }

    /** @throws HoldfastException {@code JOURNAL_DAMAGED} when there is one that cannot be read: going on would overwrite what it names */
    public static List<KeptDisk> read(Path path) {
        if (!Files.exists(path)) {
            return List.of();
        }
        try {
            KeptJson json = Json.MAPPER.readValue(path.toFile(), KeptJson.class);
            if (json.formatVersion() != FORMAT_VERSION) {
                throw new IOException("format version " + json.formatVersion());
            }
            return json.disks().stream().map(DiskJson::disk).toList();
        } catch (IOException | RuntimeException unreadable) {
            throw new HoldfastException(
                    JournalError.JOURNAL_DAMAGED,
                    "%s cannot be read: %s".formatted(path.getFileName(), unreadable.getMessage()),
                    unreadable);
        }
    }
}
