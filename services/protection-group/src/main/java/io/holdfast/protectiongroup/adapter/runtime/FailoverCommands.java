package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.protectiongroup.adapter.persistence.CommandLog;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.persistence.KnownVms;
import io.holdfast.protectiongroup.adapter.persistence.StoredGroup;
import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.lifecycle.Command;
import io.holdfast.protectiongroup.membership.MemberVm;
import io.holdfast.protectiongroup.ownership.Ownership.Holder;
import io.holdfast.protectiongroup.refusal.GroupError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What recovery runs, and people after them, ask of groups (docs/ownership.md); each in one transaction with its record of who and when. */
@ApplicationScoped
@Transactional
public class FailoverCommands {
    private final GroupStore groups;
    private final GroupKeeper keeper;
    private final KnownVms vms;
    private final CommandLog log;
    private final Clock clock;

    @Inject
    public FailoverCommands(GroupStore groups, GroupKeeper keeper, KnownVms vms, CommandLog log, Clock clock) {
        this.groups = groups;
        this.keeper = keeper;
        this.vms = vms;
        this.log = log;
        this.clock = clock;
    }

    public ProtectionGroup take(PgId id, Holder holder, String by) {
        return change(id, by, Command.FAIL_OVER, holder.run(), (group, dataPlane, now) -> group.failOver(holder, now));
    }

    public ProtectionGroup cancel(PgId id, RunId run, String by) {
        return change(
                id,
                by,
                Command.CANCEL_FAILOVER,
                run,
                (group, dataPlane, now) -> group.cancelFailover(run, dataPlane, now));
    }

    public ProtectionGroup commit(PgId id, RunId run, String by) {
        return change(id, by, Command.COMMIT_FAILOVER, run, (group, dataPlane, now) -> group.commitFailover(run, now));
    }

    /**
     * @param discardRecovered the disks at the source are the truth, and what was written since the failover is given up
     * @throws HoldfastException {@code SOURCE_STILL_ATTACHED} when a VM is still attached where it was lost, and nobody said that its disks are the truth:
     *     they hold what the VM was before the failover
     */
    public ProtectionGroup giveHome(PgId id, boolean discardRecovered, String by) {
        return change(
                id, by, Command.RETURN, discardRecovered ? "recovered state given up" : "", (group, dataPlane, now) -> {
                    ProtectionGroup home = group.giveHome(dataPlane, now);
                    List<String> attached = group.membership().vms().stream()
                            .filter(vm -> !discardRecovered && vms.find(vm.id()).isPresent())
                            .map(MemberVm::name)
                            .toList();
                    if (!attached.isEmpty()) {
                        throw new HoldfastException(
                                GroupError.SOURCE_STILL_ATTACHED,
                                ("%s of group '%s' would be served again from the disks of before the failover. Detach the VM and attach what runs now under the same ids, "
                                                + "or say discardRecovered when those disks are the truth.")
                                        .formatted(String.join(", ", attached), group.name()),
                                Map.of("vms", attached));
                    }
                    return home;
                });
    }

    private interface Change {
        ProtectionGroup of(ProtectionGroup group, DataPlane dataPlane, Instant now);
    }

    private ProtectionGroup change(PgId id, String by, Command command, Object detail, Change change) {
        Instant now = clock.instant();
        StoredGroup before = groups.lock(id);
        DataPlane dataPlane = keeper.dataPlane(id, now);
        ProtectionGroup after = change.of(before.group(), dataPlane, now);
        if (!after.equals(before.group())) {
            keeper.keep(before, after, dataPlane, now);
            log.record(id, now, by, command.name(), detail.toString());
        }
        return after;
    }
}
