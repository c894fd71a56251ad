package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.RecoveryPoint;

/**
 * The journals of the recovery site. Thread-safe; every call is bounded in time. All throw
 * {@link io.holdfast.kernel.error.HoldfastException}: {@code DEPENDENCY_UNAVAILABLE} when no answer came, else the code that the
 * journal-store answered with.
 */
public interface RecoveryJournals {

    /** @throws io.holdfast.kernel.error.HoldfastException {@code CHECKPOINT_NOT_FOUND} if none fits */
    ChosenCheckpoint choose(PgId pgId, RecoveryPoint point);

    /**
     * Opens a session, or answers with the one that this key opened before, even if it is closed by now.
     *
     * @param idempotencyKey the same for every attempt of the same step
     */
    OpenSession open(PgId pgId, CheckpointId checkpointId, String idempotencyKey);

    /** Closes the session; one that is not there is closed. */
    void close(PgId pgId, SessionId sessionId);
}
