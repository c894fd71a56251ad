package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import java.time.Instant;
import java.util.Map;

/**
 * What was ordered, by whom and when. Never changes.
 *
 * @param plan the plan as it was at {@code planRevision}; later edits of the plan do not touch the run
 * @param points one for each protection group of the plan
 * @param orderedBy name of the identity that gave the order
 * @param expiresAt a run that is still there at this instant is cleaned up
 */
public record RunOrder(
        RunId id,
        PlanId planId,
        long planRevision,
        PlanDefinition plan,
        Mode mode,
        Map<PgId, RecoveryPoint> points,
        String orderedBy,
        Instant orderedAt,
        Instant expiresAt) {
    public RunOrder {
        points = Map.copyOf(points);
    }
}
