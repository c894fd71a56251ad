package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.seeding.EqualExcept;
import io.holdfast.journalstore.seeding.Keep;
import io.holdfast.journalstore.seeding.SeedFormat;
import io.holdfast.journalstore.seeding.SeedNote;
import io.holdfast.journalstore.seeding.SeedTask;
import io.holdfast.kernel.ByteRange;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** {@code seeds.json} of a journal: the imports into its replicas, oldest first, replaced as a whole. */
public final class SeedFile {
    private static final int FORMAT_VERSION = 1;

    private record NoteJson(
            String id,
            String volumeId,
            SeedFormat format,
            String file,
            SeedTask.State state,
            int percent,
            String failureCode,
            String failureMessage,
            Instant startedAt,
            Instant endedAt,
            String idempotencyKey,
            String keepBranch,
            int keepDays,
            String equalCapture,
            long[] equalExcept,
            long volumeBytes,
            boolean putting) {
        static NoteJson of(SeedNote note) {
            SeedTask task = note.task();
            return new NoteJson(
                    task.id().toString(),
                    task.volume().toString(),
                    task.format(),
                    task.file(),
                    task.state(),
                    task.percent(),
                    task.failure().map(SeedTask.Failure::code).orElse(null),
                    task.failure().map(SeedTask.Failure::message).orElse(null),
                    task.startedAt(),
                    task.endedAt().orElse(null),
                    note.idempotencyKey(),
                    note.keep().map(Keep::branch).orElse(null),
                    note.keep().map(Keep::days).orElse(0),
                    note.equalExcept().map(EqualExcept::captureId).orElse(null),
                    note.equalExcept().map(known -> flat(known.ranges())).orElse(null),
                    note.volumeBytes(),
                    note.putting());
        }

        SeedNote note(PgId pg) {
            SeedTask task = new SeedTask(
                    UUID.fromString(id),
                    pg,
                    VolumeId.parse(volumeId),
                    format,
                    file,
                    state,
                    percent,
                    Optional.ofNullable(failureCode).map(code -> new SeedTask.Failure(code, failureMessage)),
                    startedAt,
                    Optional.ofNullable(endedAt));
            return new SeedNote(
                    task,
                    idempotencyKey,
                    Optional.ofNullable(keepBranch).map(branch -> new Keep(branch, keepDays)),
                    Optional.ofNullable(equalCapture).map(capture -> new EqualExcept(capture, regions(equalExcept))),
                    volumeBytes,
                    putting);
        }
    }

    /** Offset and length of one range after the other. */
    private static long[] flat(Regions regions) {
        return regions.ranges().stream()
                .flatMapToLong(range -> LongStream.of(range.offset(), range.length()))
                .toArray();
    }

    private static Regions regions(long[] flat) {
        if (flat == null || flat.length % 2 != 0) {
            throw new IllegalArgumentException("an import with a capture and no whole ranges");
        }
        return new Regions(IntStream.range(0, flat.length / 2)
                .mapToObj(i -> new ByteRange(flat[2 * i], flat[2 * i + 1]))
                .toList());
    }

    private record SeedsJson(int formatVersion, List<NoteJson> seeds) {}

    private SeedFile() {}

    /** @throws HoldfastException {@code STORAGE_FULL} or {@code STORAGE_UNUSABLE}; the file is as before then */
    public static void write(Path path, List<SeedNote> notes) {
        try {
            SafeFile.replace(
                    path,
                    Json.MAPPER.writeValueAsBytes(new SeedsJson(
                            FORMAT_VERSION, notes.stream().map(NoteJson::of).toList())));
        } catch (IOException failure) {
            throw StorageSaid.translate("%s cannot be written".formatted(path.getFileName()), failure);
        }
    }

    /** @throws HoldfastException {@code STORAGE_UNUSABLE} when there is one that cannot be read: whether a command was carried out is not known then */
    public static List<SeedNote> read(Path path, PgId pg) {
        if (!Files.exists(path)) {
            return List.of();
        }
        try {
            SeedsJson json = Json.MAPPER.readValue(path.toFile(), SeedsJson.class);
            if (json.formatVersion() != FORMAT_VERSION) {
                throw new IOException("format version " + json.formatVersion());
            }
            return json.seeds().stream().map(note -> note.note(pg)).toList();
        } catch (IOException | RuntimeException unreadable) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "%s of group %s cannot be read: %s".formatted(path.getFileName(), pg, unreadable.getMessage()),
                    unreadable);
        }
    }
}
