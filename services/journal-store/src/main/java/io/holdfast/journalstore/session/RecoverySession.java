package io.holdfast.journalstore.session;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Writable views of a group's volumes at one point (glossary). Stored as it is, so that it outlives the process.
 *
 * @param checkpoint given when the point was asked for as a checkpoint
 * @param openMillis from the order to the answer
 * @param volumes that it serves
 * @param part whether the group has others at the point: such a session cannot be committed
 * @param idempotencyKey the caller's, or empty
 * @param request fingerprint of the request that the key came with
 */
public record RecoverySession(
        SessionId id,
        PgId pg,
        Lsn lsn,
        Optional<CheckpointId> checkpoint,
        Instant openedAt,
        long openMillis,
        State state,
        List<Volume> volumes,
        boolean part,
        String idempotencyKey,
        String request) {

    /** What can be done with it. */
    public enum State {
        /** Its exports are served. */
        OPEN,
        /** The journal has not caught up with the session's point after a crash; the exports follow. */
        RESTORING,
        /** The session's point was lost with Kafka's records. It can only be deleted. */
        LOST,
        /** Its view becomes the volumes' state; its exports are served meanwhile. */
        COMMITTING,
        /** Its exports are the volumes. */
        COMMITTED,
        /** It has ended as if it had never been. */
        ROLLED_BACK
    }

    /** One volume of the session. */
    public record Volume(int index, VolumeId volume, String name, VmId vm, long sizeBytes) {}

    public RecoverySession {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(pg, "pg");
        Objects.requireNonNull(lsn, "lsn");
        volumes = List.copyOf(volumes);
    }

    public RecoverySession in(State now) {
        return new RecoverySession(
                id, pg, lsn, checkpoint, openedAt, openMillis, now, volumes, part, idempotencyKey, request);
    }

    public RecoverySession openedIn(long millis) {
        return new RecoverySession(
                id, pg, lsn, checkpoint, openedAt, millis, state, volumes, part, idempotencyKey, request);
    }
}
