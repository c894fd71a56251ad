package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Compares what a plan promises with what was measured. */
public final class ObjectivePreflight {
    /** How many of the plan's last runs are looked at. */
    public static final int RUNS = 5;

    private ObjectivePreflight() {}

    /** @param measured recovery times of the plan's last runs that recovered everything, newest first */
    public static List<Finding> check(
            PlanDefinition plan, Map<PgId, JournalCondition> journals, List<Duration> measured, Instant now) {
        List<Finding> findings = new ArrayList<>();
        plan.objectives().rpo().ifPresent(rpo -> plan.groups()
                .forEach(group -> group.pgIds().forEach(pg -> {
                    if (journals.get(pg) instanceof JournalCondition.Recoverable recoverable) {
                        Duration age = Duration.between(recoverable.newest().cutAt(), now);
                        if (age.compareTo(rpo) > 0) {
                            findings.add(new Finding(
                                    Code.RPO_MISSED,
                                    Optional.of(group.name()),
                                    Optional.of(pg),
                                    "the newest checkpoint of %s is %s old; objectives.rpo is %s"
                                            .formatted(pg, age, rpo)));
                        }
                    }
                })));
        plan.objectives().rto().ifPresent(rto -> {
            if (measured.isEmpty()) {
                findings.add(Finding.ofPlan(
                        Code.RTO_NOT_MEASURED, "objectives.rto is %s, and no run has measured it yet".formatted(rto)));
                return;
            }
            List<Duration> slow =
                    measured.stream().filter(time -> time.compareTo(rto) > 0).toList();
            if (!slow.isEmpty()) {
                findings.add(Finding.ofPlan(
                        Code.RTO_MISSED,
                        "%d of the last %d runs took longer than objectives.rto, %s; the newest took %s"
                                .formatted(slow.size(), measured.size(), rto, measured.getFirst())));
            }
        });
        return List.copyOf(findings);
    }
}
