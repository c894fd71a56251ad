package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.run.CheckpointMark;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.NewestKnown;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import java.util.List;
import java.util.Optional;

/**
 * The journals of the recovery site. Thread-safe; every call is bounded in time. All throw
 * {@link io.holdfast.kernel.error.HoldfastException}: {@code DEPENDENCY_UNAVAILABLE} when no answer came, else the code that the
 * journal-store answered with.
 */
public interface RecoveryJournals {

    /** @throws io.holdfast.kernel.error.HoldfastException {@code CHECKPOINT_NOT_FOUND} if none fits, also among the newest that are looked through for a mark */
    ChosenCheckpoint choose(PgId pgId, RecoveryPoint point);

    /**
     * Opens a session, or answers with the one that this key opened before, even if it is closed by now.
     *
     * @param only what the session serves; empty = all of the group
     * @param idempotencyKey the same for every attempt of the same step
     * @throws io.holdfast.kernel.error.HoldfastException {@code PART_NOT_IN_CHECKPOINT} if the group has nothing of {@code only} there
     */
    OpenSession open(PgId pgId, CheckpointId checkpointId, Optional<Part.Served> only, String idempotencyKey);

    /** The newest checkpoint and change; empty if the journal lists no checkpoint. */
    Optional<NewestKnown> newestKnown(PgId pgId);

    /** What the machines of the group were at the checkpoint; those of which nothing is known are not in the list. */
    List<KnownMachine> machines(PgId pgId, CheckpointId checkpointId);

    /**
     * Orders the session's commit, or looks how far it is if it was ordered before.
     *
     * @param idempotencyKey the same for every attempt of the same step
     */
    CommitSeen commit(PgId pgId, SessionId sessionId, String idempotencyKey);

    /**
     * How far a commit is.
     *
     * @param isFinal whether the point of no return is passed
     * @param branch name of what was replicated later
     * @param problem why it does not go on; empty = nothing known
     */
    record CommitSeen(boolean isFinal, String branch, String problem) {}

    /**
     * Sets the mark, with what it rests on; a mark of the kind that is there is replaced.
     *
     * @return false if there is no such checkpoint any more
     */
    boolean mark(PgId pgId, CheckpointId checkpointId, CheckpointMark mark);

    /** Closes the session; one that is not there is closed. */
    void close(PgId pgId, SessionId sessionId);
}
