package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what would keep a failover of the plan from being committed (docs/commit-protocol.md). */
public final class BranchPreflight {
    private BranchPreflight() {}

    /** @param branches that the last commits have left, by group */
    public static List<Finding> check(PlanDefinition plan, Map<PgId, String> branches) {
        return plan.groups().stream()
                .flatMap(group -> group.pgIds().stream()
                        .filter(branches::containsKey)
                        .map(pg -> new Finding(
                                Code.BRANCH_RETAINED,
                                Optional.of(group.name()),
                                Optional.of(pg),
                                "branch '%s' of the last commit of %s is still there, and the next one would be refused"
                                        .formatted(branches.get(pg), pg))))
                .toList();
    }
}
