package io.holdfast.protectiongroup.adapter.persistence;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.lifecycle.Removal;
import io.holdfast.protectiongroup.objective.Objectives;
import io.holdfast.protectiongroup.refusal.GroupError;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/** Groups in the database. Every method needs a transaction of the caller's. */
@ApplicationScoped
public class GroupStore implements PanacheRepositoryBase<GroupRow, UUID> {

    /** @throws HoldfastException {@code GROUP_NOT_FOUND} */
    public StoredGroup get(PgId id) {
        return read(existing(id, LockModeType.NONE));
    }

    /** As {@link #get}, and nobody else changes the group until this transaction ends. */
    public StoredGroup lock(PgId id) {
        return read(existing(id, LockModeType.PESSIMISTIC_WRITE));
    }

    public boolean exists(PgId id) {
        return findById(id.value()) != null;
    }

    /** Groups that can still change: all but removed ones whose journal's fate is settled. */
    public List<StoredGroup> watched() {
        return list("watched").stream().map(GroupStore::read).toList();
    }

    /**
     * One page, sorted by id.
     *
     * @param lifecycles shown lifecycles; empty = all but REMOVED
     * @param after id of the last row of the page before
     */
    public List<StoredGroup> page(
            List<String> lifecycles, Optional<String> name, Optional<VmId> vm, Optional<PgId> after, int limit) {
        StringBuilder query = new StringBuilder("1 = 1");
        Map<String, Object> parameters = new HashMap<>();
        if (lifecycles.isEmpty()) {
            query.append(" and shownLifecycle <> 'REMOVED'");
        } else {
            query.append(" and shownLifecycle in :lifecycles");
            parameters.put("lifecycles", lifecycles);
        }
        name.ifPresent(text -> {
            query.append(" and name = :name");
            parameters.put("name", text);
        });
        vm.ifPresent(id -> {
            query.append(" and id in (select pgId from VmClaimRow where vmId = :vm)");
            parameters.put("vm", id.value());
        });
        after.ifPresent(id -> {
            query.append(" and id > :after");
            parameters.put("after", id.value());
        });
        return find(query + " order by id", parameters).page(0, limit).list().stream()
                .map(GroupStore::read)
                .toList();
    }

    /** @throws HoldfastException {@code VM_ALREADY_PROTECTED} when another transaction took a VM at the same moment */
    public void insert(StoredGroup stored) {
        GroupRow row = new GroupRow();
        row.id = stored.group().id().value();
        row.createdAt = stored.group().createdAt();
        row.createdBy = stored.group().createdBy();
        write(stored, row);
        persistAndFlush(row);
        // In the order of ids: two creations that want the same VMs must not wait for each other in a circle.
        for (UUID vm : stored.group().membership().vms().stream()
                .map(vm -> vm.id().value())
                .sorted()
                .toList()) {
            claim(vm, row.id);
        }
    }

    private void claim(UUID vm, UUID group) {
        int claimed = getEntityManager()
                .createNativeQuery("insert into vm_claim (vm_id, pg_id) values (?1, ?2) on conflict (vm_id) do nothing")
                .setParameter(1, vm)
                .setParameter(2, group)
                .executeUpdate();
        if (claimed == 0) {
            throw new HoldfastException(
                    GroupError.VM_ALREADY_PROTECTED,
                    "VM %s is protected by another group; a VM is in one group at most.".formatted(vm),
                    Map.of("vmId", vm.toString()));
        }
    }

    /** Writes a group that this transaction has locked. A removed group lets go of its VMs. */
    public void update(StoredGroup stored) {
        GroupRow row = existing(stored.group().id(), LockModeType.NONE);
        write(stored, row);
        if (stored.group().lifecycle() instanceof Lifecycle.Removed) {
            getEntityManager()
                    .createQuery("delete from VmClaimRow where pgId = :pg")
                    .setParameter("pg", row.id)
                    .executeUpdate();
        }
    }

    /** The group that has the VM now. */
    public Optional<PgId> claimedBy(VmId vm) {
        return Optional.ofNullable(getEntityManager().find(VmClaimRow.class, vm.value()))
                .map(row -> new PgId(row.pgId));
    }

    /** How many groups replicate through each partition; removed ones write nothing any more and do not count. */
    public Map<Integer, Long> groupsByPartition() {
        Map<Integer, Long> counts = new HashMap<>();
        getEntityManager()
                .createQuery(
                        "select placedOn, count(*) from GroupRow where placedOn is not null and lifecycle <> 'REMOVED'"
                                + " group by placedOn",
                        Object[].class)
                .getResultList()
                .forEach(row -> counts.put((Integer) row[0], (Long) row[1]));
        return counts;
    }

    private GroupRow existing(PgId id, LockModeType lock) {
        GroupRow row = findById(id.value(), lock);
        if (row == null) {
            throw new HoldfastException(
                    GroupError.GROUP_NOT_FOUND,
                    "There is no protection group %s.".formatted(id),
                    Map.of("pgId", id.toString()));
        }
        return row;
    }

    private static void write(StoredGroup stored, GroupRow row) {
        ProtectionGroup group = stored.group();
        row.name = group.name();
        row.lifecycle = group.lifecycle().code();
        row.lifecycleData = LifecycleForm.write(group.lifecycle());
        row.shownLifecycle = stored.shownLifecycle();
        row.membership = MembershipForm.write(group.membership());
        row.checkpointIntervalMillis = group.objectives().checkpointInterval().toMillis();
        row.historyMillis = group.objectives().history().toMillis();
        row.journalLimitBytes = group.objectives().journalLimitBytes();
        row.rpoObjectiveMillis = group.objectives().rpoObjective().toMillis();
        row.appCheckpointIntervalMillis =
                group.objectives().appCheckpointInterval().toMillis();
        row.transfer = TransferForm.write(group.objectives().transfer());
        row.placedOn = group.partition().isPresent() ? group.partition().getAsInt() : null;
        row.historySince = group.historySince().orElse(null);
        row.conditions = ConditionsForm.write(stored.conditions());
        row.policyRevision = stored.policyRevision();
        row.eventRevision = stored.eventRevision();
        row.watched = !(group.lifecycle() instanceof Lifecycle.Removed removed) || isPending(removed.removal());
    }

    private static boolean isPending(Removal removal) {
        return removal instanceof Removal.AwaitingJournal || removal instanceof Removal.Deleting;
    }

    private static StoredGroup read(GroupRow row) {
        return new StoredGroup(
                new ProtectionGroup(
                        new PgId(row.id),
                        row.name,
                        new Objectives(
                                Duration.ofMillis(row.checkpointIntervalMillis),
                                Duration.ofMillis(row.historyMillis),
                                row.journalLimitBytes,
                                Duration.ofMillis(row.rpoObjectiveMillis),
                                Duration.ofMillis(row.appCheckpointIntervalMillis),
                                TransferForm.read(row.transfer)),
                        MembershipForm.read(row.membership),
                        LifecycleForm.read(row.lifecycle, row.lifecycleData),
                        row.placedOn == null ? OptionalInt.empty() : OptionalInt.of(row.placedOn),
                        Optional.ofNullable(row.historySince),
                        row.createdAt,
                        row.createdBy),
                ConditionsForm.read(row.conditions),
                row.shownLifecycle,
                row.policyRevision,
                row.eventRevision);
    }
}
