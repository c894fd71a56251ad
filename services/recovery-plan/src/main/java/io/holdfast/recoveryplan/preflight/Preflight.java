package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import io.holdfast.recoveryplan.rehearsal.TestCondition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what would go wrong if the plan were run now. It only looks. */
public final class Preflight {
    private Preflight() {}

    /**
     * @param known groups by id, from the protection-events
     * @param journals one entry for each protection group of the plan
     */
    public static List<Finding> check(
            PlanDefinition plan,
            Map<PgId, ProtectedGroup> known,
            Map<PgId, JournalCondition> journals,
            TestCondition tests,
            Instant now) {
        List<Finding> findings = new ArrayList<>();
        for (RecoveryGroup group : plan.groups()) {
            for (PgId pg : group.pgIds()) {
                protection(group, pg, Optional.ofNullable(known.get(pg))).ifPresent(findings::add);
                journal(group, pg, journals.get(pg)).ifPresent(findings::add);
            }
        }
        tests(tests, now).ifPresent(findings::add);
        return List.copyOf(findings);
    }

    private static Optional<Finding> protection(RecoveryGroup group, PgId pg, Optional<ProtectedGroup> known) {
        if (known.isEmpty()) {
            return about(Code.GROUP_UNKNOWN, group, pg, "no protection group %s is known here".formatted(pg));
        }
        ProtectedGroup found = known.get();
        return found.isProtected()
                ? Optional.empty()
                : about(
                        Code.GROUP_NOT_PROTECTED,
                        group,
                        pg,
                        "protection group '%s' is %s".formatted(found.name(), found.lifecycle()));
    }

    private static Optional<Finding> journal(RecoveryGroup group, PgId pg, JournalCondition condition) {
        return switch (condition) {
            case JournalCondition.Recoverable _ -> Optional.empty();
            case JournalCondition.Empty _ ->
                about(Code.NO_CHECKPOINT, group, pg, "the journal of %s lists no checkpoint".formatted(pg));
            case JournalCondition.Missing _ ->
                about(Code.JOURNAL_MISSING, group, pg, "the journal-store has no journal of %s".formatted(pg));
            case JournalCondition.Unreachable unreachable ->
                about(Code.JOURNAL_UNREACHABLE, group, pg, unreachable.reason());
        };
    }

    private static Optional<Finding> tests(TestCondition tests, Instant now) {
        return switch (tests.state()) {
            case TESTED -> Optional.empty();
            case NEVER_TESTED ->
                Optional.of(Finding.ofPlan(Code.NEVER_TESTED, "no test of this plan has succeeded yet"));
            case TEST_OVERDUE -> {
                Instant tested = tests.lastGood().orElseThrow();
                yield Optional.of(Finding.ofPlan(
                        Code.TEST_OVERDUE,
                        "the last test that succeeded was ordered at %s, %d days ago; at most %d days are allowed"
                                .formatted(
                                        tested,
                                        Duration.between(tested, now).toDays(),
                                        tests.overdueAfter().toDays())));
            }
        };
    }

    private static Optional<Finding> about(Code code, RecoveryGroup group, PgId pg, String message) {
        return Optional.of(new Finding(code, Optional.of(group.name()), Optional.of(pg), message));
    }
}
