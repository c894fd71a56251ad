package io.holdfast.protectiongroup.health;

import io.holdfast.protectiongroup.dataplane.TestHistory;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.health.Verdict.Severity;
import java.time.Instant;

/** TestRecent: recovery that nobody has tried is a hope. */
final class TestRule {
    private TestRule() {}

    static Verdict testRecent(ProtectionGroup group, TestHistory tests, HealthLimits limits, Instant now) {
        Instant dueFrom = now.minus(limits.testMaxAge());
        if (tests.lastOneFailed()) {
            return Verdict.not(
                    Reason.LAST_TEST_FAILED, Severity.CRITICAL, "The last recovery test failed; look at its report.");
        }
        if (tests.lastSuccessAt().isEmpty()) {
            return Verdict.not(
                    Reason.NEVER_TESTED,
                    group.createdAt().isAfter(dueFrom) ? Severity.INFO : Severity.WARNING,
                    "Recovery of the group has never been tested.");
        }
        return tests.lastSuccessAt().get().isBefore(dueFrom)
                ? Verdict.not(
                        Reason.TEST_OVERDUE,
                        Severity.WARNING,
                        "The last recovery test is more than %d days ago."
                                .formatted(limits.testMaxAge().toDays()))
                : Verdict.fine(
                        Reason.TESTED,
                        "Recovery was tested within the last %d days."
                                .formatted(limits.testMaxAge().toDays()));
    }
}
