package io.holdfast.journalstore.adapter.files;

import io.holdfast.journalstore.session.RecoverySession;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Sessions on disk: {@code sessions/<id>/session.json}. A folder without a readable one was being created or deleted. */
public final class SessionFile {
    private static final String NAME = "session.json";

    private record VolumeJson(int index, String volumeId, String name, String vmId, long sizeBytes) {}

    /** @param part false in what was stored before there were such sessions */
    private record SessionJson(
            int formatVersion,
            String id,
            String pgId,
            long lsn,
            String checkpointId,
            Instant openedAt,
            long openMillis,
            boolean lost,
            List<VolumeJson> volumes,
            boolean part,
            String idempotencyKey,
            String request) {}

    private SessionFile() {}

    public static Path folder(Path sessions, SessionId id) {
        return sessions.resolve(id.toString());
    }

    public static void write(Path sessions, RecoverySession session) {
        SessionJson json = new SessionJson(
                1,
                session.id().toString(),
                session.pg().toString(),
                session.lsn().value(),
                session.checkpoint().map(CheckpointId::toString).orElse(null),
                session.openedAt(),
                session.openMillis(),
                session.state() == RecoverySession.State.LOST,
                session.volumes().stream()
                        .map(volume -> new VolumeJson(
                                volume.index(),
                                volume.volume().toString(),
                                volume.name(),
                                volume.vm().toString(),
                                volume.sizeBytes()))
                        .toList(),
                session.part(),
                session.idempotencyKey(),
                session.request());
        try {
            SafeFile.replace(folder(sessions, session.id()).resolve(NAME), Json.MAPPER.writeValueAsBytes(json));
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "session %s cannot be stored: %s".formatted(session.id(), failure),
                    failure);
        }
    }

    /** Every session in the folder, in state RESTORING or LOST; remains of others are removed. */
    public static List<RecoverySession> readAll(Path sessions) {
        List<RecoverySession> found = new ArrayList<>();
        if (!Files.isDirectory(sessions)) {
            return found;
        }
        try (Stream<Path> folders = Files.list(sessions)) {
            for (Path folder : folders.sorted().toList()) {
                Optional<RecoverySession> session = read(folder.resolve(NAME));
                if (session.isPresent()) {
                    found.add(session.get());
                } else {
                    SafeFile.deleteFolder(folder);
                }
            }
            return found;
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE, "the sessions in %s cannot be read".formatted(sessions), failure);
        }
    }

    private static Optional<RecoverySession> read(Path path) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            SessionJson json = Json.MAPPER.readValue(path.toFile(), SessionJson.class);
            return Optional.of(new RecoverySession(
                    SessionId.parse(json.id()),
                    PgId.parse(json.pgId()),
                    Lsn.of(json.lsn()),
                    Optional.ofNullable(json.checkpointId()).map(CheckpointId::parse),
                    json.openedAt(),
                    json.openMillis(),
                    json.lost() ? RecoverySession.State.LOST : RecoverySession.State.RESTORING,
                    json.volumes().stream()
                            .map(volume -> new RecoverySession.Volume(
                                    volume.index(),
                                    VolumeId.parse(volume.volumeId()),
                                    volume.name(),
                                    VmId.parse(volume.vmId()),
                                    volume.sizeBytes()))
                            .toList(),
                    json.part(),
                    json.idempotencyKey(),
                    json.request()));
        } catch (IOException | RuntimeException unreadable) {
            return Optional.empty();
        }
    }
}
