package io.holdfast.replicationagent.quiesce;

import java.time.Duration;

/** Who gave an order hears of it: {@link #refused} once, or {@link #frozen} and then {@link #thawed} once each. Threads: any. */
public interface FreezeAnswers {
    /** Every guest is frozen. */
    void frozen(FreezeOrder order);

    /** Not every guest could be frozen; none is now. */
    void refused(FreezeOrder order, FreezeFailure failure);

    /**
     * Every guest is thawed.
     *
     * @param expired before the order to thaw came, by the limit or by a guest itself
     * @param frozenFor from the first freeze order to the last thaw
     */
    void thawed(FreezeOrder order, boolean expired, Duration frozenFor);
}
