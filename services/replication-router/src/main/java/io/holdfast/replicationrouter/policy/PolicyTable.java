package io.holdfast.replicationrouter.policy;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
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

    /**
     * Ownership of every machine of this agent that ever moved, of all groups in whatever mode, in a stable order. A machine that several groups name has the highest
     * epoch of theirs.
     */
    public List<VmOwner> ownersFor(AgentId agent) {
        Map<VmId, VmOwner> newest = new LinkedHashMap<>();
        byGroup.values().stream()
                .flatMap(policy -> policy.owners().stream())
                .filter(owner -> owner.agent().equals(agent))
                .forEach(owner -> newest.merge(
                        owner.vm(), owner, (known, other) -> other.epoch() > known.epoch() ? other : known));
        return List.copyOf(newest.values());
    }

    /** One step of the table; {@code before} and {@code after} are never both empty. */
    public record Change(PgId pg, Optional<GroupPolicy> before, Optional<GroupPolicy> after) {
        /** Agents whose assignments, or the ownership of whose machines, may look different now: members before or after. */
        public Set<AgentId> agents() {
            Set<AgentId> agents = new HashSet<>();
            before.ifPresent(policy -> addAgents(policy, agents));
            after.ifPresent(policy -> addAgents(policy, agents));
            return agents;
        }

        private static void addAgents(GroupPolicy policy, Set<AgentId> agents) {
            agents.addAll(policy.volumesByAgent().keySet());
            policy.owners().forEach(owner -> agents.add(owner.agent()));
        }
    }
}
