package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.Epoch;
import io.holdfast.kernel.id.PgId;

/** Gives out epochs that only grow, per group. */
public interface EpochStore {
    /**
     * The larger of the last one + 1 and the present time in milliseconds, so that it grows even when this store was lost. Durable before it
     * is returned.
     */
    Epoch next(PgId pg);
}
