package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.id.PgId;

/** For runs of earlier versions, which take no ownership: replication of protection groups, as the service that decides about it lets others pause it. Thread-safe; bounded in time. */
public interface Replication {

    /**
     * Pauses the group.
     *
     * @param idempotencyKey the same for every attempt of the same step
     * @return whether this call, or an earlier one with this key, has paused it; false if it was not replicating or is not known
     */
    boolean pause(PgId pgId, String idempotencyKey);

    /** Resumes the group; one that runs is left alone. */
    void resume(PgId pgId, String idempotencyKey);
}
