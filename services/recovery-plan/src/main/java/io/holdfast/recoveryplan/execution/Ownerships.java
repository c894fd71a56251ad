package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.ownership.OwnedVm;
import java.util.List;
import java.util.Optional;

/**
 * The service that decides which site owns the VMs of a protection group (docs/ownership.md). Thread-safe; bounded in time. All throw
 * {@link io.holdfast.kernel.error.HoldfastException} with the service's code, {@code DEPENDENCY_UNAVAILABLE} when no answer came. A command whose key was answered
 * before changes nothing and has the same answer.
 */
public interface Ownerships {

    /**
     * Takes the group's VMs for the run, unless the run has them.
     *
     * @return its VMs; empty if the group is removed or not known
     */
    Optional<List<OwnedVm>> take(PgId pgId, RunId run, String idempotencyKey);

    /** Makes the run's failover of the group final: the group does not replicate any more. */
    void commit(PgId pgId, RunId run, String idempotencyKey);

    /**
     * Gives back what the run has taken; in a group that it does not hold nothing changes.
     *
     * @return false if the run has made the group's failover final, or the group is not known: nothing has changed
     */
    boolean cancel(PgId pgId, RunId run, String idempotencyKey);

    /** Gives a group back whose failover this run has made final. @return false if it is not so: nothing has changed */
    boolean giveBack(PgId pgId, RunId run, String idempotencyKey);

    /** Orders a checkpoint that a person can tell by its name. @return under which the journal will list it */
    CheckpointId checkpoint(PgId pgId, String name, String idempotencyKey);

    /** How far such a checkpoint is. */
    CheckpointSeen look(PgId pgId, CheckpointId checkpoint);

    /**
     * @param progress word of the service: REQUESTED, CUT, LISTED, FAILED or TIMED_OUT
     * @param code stable code and a sentence when it FAILED or TIMED_OUT; else empty
     */
    record CheckpointSeen(String progress, String code, String message) {}
}
