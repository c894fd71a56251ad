package io.holdfast.replicationrouter.policy;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The newest policy of every group. Rebuilt from the compacted topic at every start; revisions only grow, so the same
 * topic read again, or read in part twice, ends in the same table. Not thread-safe.
 */
public final class PolicyTable {
    private final Map<PgId, GroupPolicy> byGroup = new LinkedHashMap<>();

    /**
     * Takes a policy, unless the table has this revision or a newer one.
     *
     * @return what changed; empty when the policy was old news
     */
    public Optional<Change> put(GroupPolicy policy) {
        GroupPolicy before = byGroup.get(policy.pg());
        if (before != null && before.revision() >= policy.revision()) {
            return Optional.empty();
        }
        byGroup.put(policy.pg(), policy);
        return Optional.of(new Change(policy.pg(), Optional.ofNullable(before), Optional.of(policy)));
    }

    /** Forgets the group: a null value in the topic says that it never existed. */
    public Optional<Change> remove(PgId pg) {
        return Optional.ofNullable(byGroup.remove(pg))
                .map(before -> new Change(pg, Optional.of(before), Optional.empty()));
    }

    public Optional<GroupPolicy> of(PgId pg) {
        return Optional.ofNullable(byGroup.get(pg));
    }

    public Collection<GroupPolicy> all() {
        return Collections.unmodifiableCollection(byGroup.values());
    }

    /** Everything that the agent has to replicate, whole, in a stable order. */
    public List<GroupPolicy> assignedTo(AgentId agent) {
        return byGroup.values().stream()
                .filter(policy -> policy.assignedTo(agent))
                .toList();
    }

    /** One step of the table; {@code before} and {@code after} are never both empty. */
    public record Change(PgId pg, Optional<GroupPolicy> before, Optional<GroupPolicy> after) {
        /** Agents whose assignments may look different now: members before or after. */
        public Set<AgentId> agents() {
            Set<AgentId> agents = new HashSet<>();
            before.ifPresent(policy -> agents.addAll(policy.volumesByAgent().keySet()));
            after.ifPresent(policy -> agents.addAll(policy.volumesByAgent().keySet()));
            return agents;
        }
    }
}
