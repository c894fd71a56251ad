package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import java.time.Instant;
import java.util.Map;

/**
 * An order to leave what was recovered and to recover other points in the same run.
 *
 * @param by name of the identity that gave it
 * @param points one for each protection group of the plan
 */
public record PointSwitch(String by, Instant at, Map<PgId, RecoveryPoint> points) {
    public PointSwitch {
        points = Map.copyOf(points);
    }
}
