package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.health.Condition;
import java.util.List;

/**
 * A group with what is kept beside it.
 *
 * @param shownLifecycle as last published; TESTING lies over the state
 * @param policyRevision of the last published policy; 0 = none
 * @param eventRevision of the last protection event; 0 = none
 */
public record StoredGroup(
        ProtectionGroup group,
        List<Condition> conditions,
        String shownLifecycle,
        long policyRevision,
        long eventRevision) {
    public StoredGroup {
        conditions = List.copyOf(conditions);
    }
}
