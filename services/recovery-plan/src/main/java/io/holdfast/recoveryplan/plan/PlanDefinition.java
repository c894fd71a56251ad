package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.PgId;
import java.util.List;

/**
 * What a plan says: which groups are recovered, in which order. Only {@link PlanRules} and the store make one, so that an
 * instance keeps every rule; a run keeps the definition that it began with.
 *
 * @param steps of every group that says nothing else
 * @param groups in the order in which they were written; the order of recovery is {@link GroupOrder}
 */
public record PlanDefinition(String name, List<RecoveryGroup> groups, StepRules steps, Objectives objectives) {
    public PlanDefinition {
        groups = List.copyOf(groups);
        // What was stored by an earlier version has none.
        steps = steps == null ? StepRules.NONE : steps;
        objectives = objectives == null ? Objectives.NONE : objectives;
    }

    public PlanDefinition(String name, List<RecoveryGroup> groups) {
        this(name, groups, StepRules.NONE, Objectives.NONE);
    }

    /** How the steps of a group are tried: as the group says, else as the plan says for all. */
    public StepRules stepsOf(RecoveryGroup group) {
        return group.procedure().steps().or(steps);
    }

    /** All protection groups, in the order of the definition. */
    public List<PgId> pgIds() {
        return groups.stream().flatMap(group -> group.pgIds().stream()).toList();
    }
}
