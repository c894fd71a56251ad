package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.PgId;
import java.util.List;

/**
 * What a plan says: which groups are recovered, in which order. Only {@link PlanRules} and the store make one, so that an
 * instance keeps every rule; a run keeps the definition that it began with.
 *
 * @param groups in the order in which they were written; the order of recovery is {@link GroupOrder}
 */
public record PlanDefinition(String name, List<RecoveryGroup> groups) {
    public PlanDefinition {
        groups = List.copyOf(groups);
    }

    /** All protection groups, in the order of the definition. */
    public List<PgId> pgIds() {
        return groups.stream().flatMap(group -> group.pgIds().stream()).toList();
    }
}
