package io.holdfast.protectiongroup.health;

import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The health of a group: all conditions, always in the same order. A removed group has none. */
public final class Health {
    private Health() {}

    /** @param before the conditions so far, for {@link Condition#since} */
    public static List<Condition> of(
            ProtectionGroup group, DataPlane dataPlane, List<Condition> before, HealthLimits limits, Instant now) {
        if (group.lifecycle() instanceof Lifecycle.Removed) {
            return List.of();
        }
        List<Condition> conditions = new ArrayList<>();
        for (ConditionType type : ConditionType.values()) {
            Optional<Condition> last = before.stream()
                    .filter(condition -> condition.type() == type)
                    .findFirst();
            conditions.add(Condition.of(type, verdict(type, group, dataPlane, limits, now), last, now));
        }
        return List.copyOf(conditions);
    }

    private static Verdict verdict(
            ConditionType type, ProtectionGroup group, DataPlane dataPlane, HealthLimits limits, Instant now) {
        if (group.lifecycle() instanceof Lifecycle.Draft) {
            return Verdict.unknown(
                    Reason.NOT_STARTED, Verdict.Severity.INFO, "The group is a draft; start it to protect its VMs.");
        }
        return switch (type) {
            case RPO_MET -> RecoveryPointRules.rpoMet(group, dataPlane, limits, now);
            case HISTORY_MET -> RecoveryPointRules.historyMet(group, dataPlane, now);
            case IN_SYNC -> StreamRules.inSync(group, dataPlane, now);
            case AGENTS_CONNECTED -> StreamRules.agentsConnected(group, dataPlane, now);
            case TEST_RECENT -> TestRule.testRecent(group, dataPlane.tests(), limits, now);
            case JOURNAL_HEALTHY -> JournalRule.journalHealthy(dataPlane, now);
        };
    }
}
