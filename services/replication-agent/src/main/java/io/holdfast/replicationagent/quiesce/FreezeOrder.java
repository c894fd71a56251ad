package io.holdfast.replicationagent.quiesce;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import java.time.Duration;

/**
 * What a router asks for with Freeze.
 *
 * @param limit 1 ms to {@link #MOST}; from the order's arrival until everything is thawed again
 */
public record FreezeOrder(PgId pg, CheckpointId checkpoint, Duration limit) {
    /** Windows lets go of a VSS freeze after this time, whatever one wants. */
    public static final Duration MOST = Duration.ofSeconds(10);

    /** @throws IllegalArgumentException for a limit outside of its range */
    public FreezeOrder {
        if (limit.compareTo(Duration.ofMillis(1)) < 0 || limit.compareTo(MOST) > 0) {
            throw new IllegalArgumentException("a freeze limit of " + limit.toMillis() + " ms; 1 to 10000 are allowed");
        }
    }
}
