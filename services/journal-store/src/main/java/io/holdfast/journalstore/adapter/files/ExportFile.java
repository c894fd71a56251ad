package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.image.ImageExport;
import io.holdfast.journalstore.image.ImageFormat;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** {@code export.json} beside the images of an export. A folder without it is not ours and is left alone. */
public final class ExportFile {
    public static final String NAME = "export.json";

    private static final int FORMAT_VERSION = 1;

    private record VolumeJson(String volumeId, String name, long sizeBytes) {}

    private record ExportJson(
            int formatVersion,
            String id,
            String pgId,
            long lsn,
            ImageFormat format,
            Instant orderedAt,
            List<VolumeJson> volumes,
            ImageExport.Progress progress,
            String idempotencyKey,
            String request) {}

    private ExportFile() {}

    /** Into the export's folder, which exists. */
    public static void write(Path folder, ImageExport export) {
        ExportJson json = new ExportJson(
                FORMAT_VERSION,
                export.id().toString(),
                export.pg().toString(),
                export.lsn().value(),
                export.format(),
                export.orderedAt(),
                export.volumes().stream()
                        .map(one -> new VolumeJson(one.volume().toString(), one.name(), one.sizeBytes()))
                        .toList(),
                export.progress(),
                export.idempotencyKey(),
                export.request());
        try {
            SafeFile.replace(folder.resolve(NAME), Json.MAPPER.writeValueAsBytes(json));
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "an export cannot be stored: " + failure, failure);
        }
    }

    /** Every export below the directory, oldest first; what cannot be read is left out. */
    public static List<ImageExport> readAll(Path directory) throws IOException {
        List<ImageExport> found = new ArrayList<>();
        try (Stream<Path> folders = Files.list(directory)) {
            for (Path folder : folders.toList()) {
                Path file = folder.resolve(NAME);
                if (Files.exists(file)) {
                    read(file, found);
                }
            }
        }
        found.sort(Comparator.comparing(ImageExport::orderedAt));
        return found;
    }

    private static void read(Path file, List<ImageExport> found) {
        try {
            ExportJson json = Json.MAPPER.readValue(file.toFile(), ExportJson.class);
            if (json.formatVersion != FORMAT_VERSION
                    || !json.id.equals(file.getParent().getFileName().toString())) {
                throw new IOException("format version %d of export %s".formatted(json.formatVersion, json.id));
            }
            found.add(new ImageExport(
                    UUID.fromString(json.id),
                    PgId.parse(json.pgId),
                    Lsn.of(json.lsn),
                    json.format,
                    json.orderedAt,
                    json.volumes.stream()
                            .map(one -> new ImageExport.Volume(VolumeId.parse(one.volumeId), one.name, one.sizeBytes))
                            .toList(),
                    json.progress,
                    json.idempotencyKey,
                    json.request));
        } catch (IOException | RuntimeException unreadable) {
            System.getLogger(ExportFile.class.getName())
                    .log(System.Logger.Level.WARNING, file + " cannot be read and is left alone", unreadable);
        }
    }
}
