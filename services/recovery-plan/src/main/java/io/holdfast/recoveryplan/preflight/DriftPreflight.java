package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.drift.Change;
import io.holdfast.recoveryplan.drift.Drift;
import io.holdfast.recoveryplan.drift.Drift.MachineDrift;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds what would be recovered now and is not what the last good test showed to work. */
public final class DriftPreflight {
    private static final int MOST_CHANGES = 4;

    private DriftPreflight() {}

    /** @param testedRevision of the plan, that the test was of */
    public static List<Finding> check(PlanDefinition plan, long revision, long testedRevision, Drift drift) {
        List<Finding> findings = new ArrayList<>();
        if (revision != testedRevision) {
            findings.add(Finding.ofPlan(
                    Code.CHANGED_SINCE_TEST,
                    "the plan is at revision %d, and the last test that succeeded was of revision %d"
                            .formatted(revision, testedRevision)));
        }
        drift.differing().forEach(machine -> findings.add(finding(plan, machine)));
        return List.copyOf(findings);
    }

    private static Finding finding(PlanDefinition plan, MachineDrift machine) {
        String name = "the machine '%s' ".formatted(machine.name());
        String message =
                switch (machine.kind()) {
                    case SAME -> throw new IllegalArgumentException("nothing is found of " + machine);
                    case ADDED -> name + "was not in the last test that succeeded";
                    case REMOVED ->
                        name + "was in the last test that succeeded, and the newest checkpoint does not know it";
                    case CHANGED -> name + "is not what the last good test started: " + shown(machine.changes());
                };
        return new Finding(
                Code.CHANGED_SINCE_TEST, groupOf(plan, machine.pgId()), Optional.of(machine.pgId()), message);
    }

    private static Optional<String> groupOf(PlanDefinition plan, PgId pg) {
        return plan.groups().stream()
                .filter(group -> group.pgIds().contains(pg))
                .map(RecoveryGroup::name)
                .findFirst();
    }

    private static String shown(List<Change> changes) {
        String first = changes.stream()
                .limit(MOST_CHANGES)
                .map(change -> "%s '%s' → '%s'".formatted(change.what(), change.before(), change.now()))
                .collect(Collectors.joining(", "));
        return changes.size() <= MOST_CHANGES
                ? first
                : first + ", and %d more".formatted(changes.size() - MOST_CHANGES);
    }
}
