package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.PgId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A plan without the protection groups that an order leaves out; what depended on a group that is gone depends on what that depended on. */
public final class NarrowedPlan {
    private NarrowedPlan() {}

    /** @param kept not empty */
    public static PlanDefinition of(PlanDefinition plan, Set<PgId> kept) {
        Map<String, Set<String>> standIns = new HashMap<>();
        List<RecoveryGroup> left = new ArrayList<>();
        // A group comes after those that it depends on, so that what stands in for them is known.
        for (RecoveryGroup group : GroupOrder.inOrder(plan.groups())) {
            Set<String> needed = new LinkedHashSet<>();
            group.dependsOn().forEach(name -> needed.addAll(standIns.get(name)));
            List<PgId> members = group.pgIds().stream().filter(kept::contains).toList();
            standIns.put(group.name(), members.isEmpty() ? needed : Set.of(group.name()));
            if (!members.isEmpty()) {
                left.add(new RecoveryGroup(
                        group.name(),
                        members,
                        List.copyOf(needed),
                        group.bootDelay(),
                        group.readiness(),
                        group.machines(),
                        group.procedure()));
            }
        }
        return new PlanDefinition(plan.name(), left, plan.steps(), plan.objectives());
    }
}
