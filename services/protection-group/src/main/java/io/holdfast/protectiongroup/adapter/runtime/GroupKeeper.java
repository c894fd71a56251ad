package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.id.PgId;
import io.holdfast.protectiongroup.adapter.persistence.DataPlaneStore;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.persistence.StoredGroup;
import io.holdfast.protectiongroup.adapter.persistence.VmOwnerships;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.health.Condition;
import io.holdfast.protectiongroup.health.Health;
import io.holdfast.protectiongroup.lifecycle.ShownLifecycle;
import io.holdfast.protectiongroup.policy.PolicyContent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * The only place that stores a group. It compares what the group was with what it has become and tells the data plane and
 * everybody else exactly when something they see differs, so no command has to think of it. Needs a transaction in which the
 * group is locked.
 */
@ApplicationScoped
public class GroupKeeper {
    private static final Logger LOG = Logger.getLogger(GroupKeeper.class);

    private final GroupStore groups;
    private final VmOwnerships ownerships;
    private final DataPlaneStore dataPlanes;
    private final Outgoing outgoing;
    private final Limits limits;

    @Inject
    public GroupKeeper(
            GroupStore groups, VmOwnerships ownerships, DataPlaneStore dataPlanes, Outgoing outgoing, Limits limits) {
        this.groups = groups;
        this.ownerships = ownerships;
        this.dataPlanes = dataPlanes;
        this.outgoing = outgoing;
        this.limits = limits;
    }

    public DataPlane dataPlane(PgId group, Instant now) {
        return dataPlanes.of(group, limits.belief(), limits.testSilence(), now);
    }

    /** Stores a new group. */
    public StoredGroup keep(ProtectionGroup created, Instant now) {
        StoredGroup stored = seen(created, DataPlane.silent(limits.belief()), List.of(), 0, 1, now);
        groups.insert(stored);
        outgoing.protection(created, stored.shownLifecycle(), stored.conditions(), 1, now);
        LOG.infof("group created pgId=%s name=%s by=%s", created.id(), created.name(), created.createdBy());
        return stored;
    }

    /**
     * Stores what a group has become, with its health as of now, and publishes what differs.
     *
     * @param before as it was locked in this transaction
     */
    public StoredGroup keep(StoredGroup before, ProtectionGroup after, DataPlane dataPlane, Instant now) {
        Optional<PolicyContent> policy = PolicyContent.of(after);
        boolean newPolicy = policy.isPresent() && !policy.equals(PolicyContent.of(before.group()));
        long policyRevision = before.policyRevision() + (newPolicy ? 1 : 0);
        StoredGroup stored = seen(after, dataPlane, before.conditions(), policyRevision, before.eventRevision(), now);
        if (differs(before, stored)) {
            stored = seen(after, dataPlane, before.conditions(), policyRevision, before.eventRevision() + 1, now);
            outgoing.protection(after, stored.shownLifecycle(), stored.conditions(), stored.eventRevision(), now);
        }
        if (newPolicy) {
            outgoing.policy(after.id(), policy.get(), policyRevision);
        }
        if (!before.group().lifecycle().code().equals(after.lifecycle().code())) {
            LOG.infof(
                    "group changed its state pgId=%s from=%s to=%s",
                    after.id(), before.group().lifecycle().code(), after.lifecycle());
        }
        if (!before.group().membership().equals(after.membership())) {
            ownerships.keep(after.membership().vms());
        }
        if (!stored.equals(before)) {
            groups.update(stored);
        }
        return stored;
    }

    /** What {@link #keep} would store without publishing anything: for finding out whether there is something to do. */
    public StoredGroup preview(StoredGroup before, ProtectionGroup after, DataPlane dataPlane, Instant now) {
        return seen(after, dataPlane, before.conditions(), before.policyRevision(), before.eventRevision(), now);
    }

    private StoredGroup seen(
            ProtectionGroup group,
            DataPlane dataPlane,
            List<Condition> conditionsBefore,
            long policyRevision,
            long eventRevision,
            Instant now) {
        return new StoredGroup(
                group,
                Health.of(group, dataPlane, conditionsBefore, limits.health(), now),
                ShownLifecycle.of(
                        group.lifecycle(), !dataPlane.tests().running().isEmpty()),
                policyRevision,
                eventRevision);
    }

    /** Whether a reader of protection-events sees a difference. */
    private static boolean differs(StoredGroup before, StoredGroup after) {
        return !before.group().name().equals(after.group().name())
                || !before.shownLifecycle().equals(after.shownLifecycle())
                || !before.group().membership().equals(after.group().membership())
                || !before.conditions().equals(after.conditions());
    }
}
