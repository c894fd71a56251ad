package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.TransferRules;
import io.holdfast.platform.rest.Violation;
import io.holdfast.protectiongroup.adapter.persistence.GroupStore;
import io.holdfast.protectiongroup.adapter.persistence.KnownVms;
import io.holdfast.protectiongroup.adapter.persistence.VmOwnerships;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.membership.KnownVm;
import io.holdfast.protectiongroup.membership.MemberVm;
import io.holdfast.protectiongroup.membership.Membership;
import io.holdfast.protectiongroup.objective.Objectives;
import io.holdfast.protectiongroup.refusal.GroupError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks what a person asks for, against the rules and against what is known, before anything is changed. */
@ApplicationScoped
public class GroupRequests {
    static final int MAX_EXCLUDED = 1024;

    private final KnownVms vms;
    private final GroupStore groups;
    private final VmOwnerships ownerships;

    @Inject
    public GroupRequests(KnownVms vms, GroupStore groups, VmOwnerships ownerships) {
        this.vms = vms;
        this.groups = groups;
        this.ownerships = ownerships;
    }

    /** @throws HoldfastException {@code INVALID_REQUEST} with every broken rule, or what is wrong with a VM */
    Membership membersFor(CreateGroup order) {
        List<Violation> broken = new ArrayList<>(nameViolations(order.name()));
        broken.addAll(violations(order.objectives()));
        if (order.vms().isEmpty() || order.vms().size() > ProtectionGroup.MAX_VMS) {
            broken.add(new Violation("vmIds", "must name 1 to %d VMs".formatted(ProtectionGroup.MAX_VMS)));
        }
        Set<VmId> seen = new HashSet<>();
        for (int i = 0; i < order.vms().size(); i++) {
            if (!seen.add(order.vms().get(i))) {
                broken.add(new Violation("vmIds[%d]".formatted(i), "names a VM for the second time"));
            }
        }
        if (order.excluded().size() > MAX_EXCLUDED) {
            broken.add(tooManyExcluded());
        }
        refuse(broken);
        List<KnownVm> known = order.vms().stream().map(this::known).toList();
        order.vms().forEach(this::requireFree);
        refuse(unknownExclusions(
                order.excluded(),
                known.stream()
                        .flatMap(vm -> vm.volumes().stream())
                        .map(KnownVm.KnownVolume::id)
                        .collect(Collectors.toSet())));
        return Membership.of(known, Set.copyOf(order.excluded())).owned(vm -> ownerships.of(vm.id()));
    }

    /** @throws HoldfastException as {@link #membersFor} */
    Objectives objectivesFor(EditGroup order, ProtectionGroup group) {
        Objectives now = group.objectives();
        Objectives next = new Objectives(
                order.checkpointInterval().orElse(now.checkpointInterval()),
                order.history().orElse(now.history()),
                order.journalLimitBytes().orElse(now.journalLimitBytes()),
                order.rpoObjective().orElse(now.rpoObjective()),
                order.appCheckpointInterval().orElse(now.appCheckpointInterval()),
                transferFor(order, now.transfer()));
        List<Violation> broken = new ArrayList<>(violations(next));
        order.name().ifPresent(name -> broken.addAll(nameViolations(name)));
        order.excluded().filter(list -> list.size() > MAX_EXCLUDED).ifPresent(list -> broken.add(tooManyExcluded()));
        refuse(broken);
        return next;
    }

    private static TransferRules transferFor(EditGroup order, TransferRules now) {
        int priority = order.priority().orElse(now.priority());
        if (priority < TransferRules.MIN_PRIORITY || priority > TransferRules.MAX_PRIORITY) {
            throw Violation.refuse(
                    "priority",
                    "must be %d to %d, not %d"
                            .formatted(TransferRules.MIN_PRIORITY, TransferRules.MAX_PRIORITY, priority));
        }
        return new TransferRules(
                priority, order.rate().orElse(now.rate()), order.sync().orElse(now.sync()));
    }

    /** @throws HoldfastException as {@link #membersFor} */
    Membership membersFor(List<VolumeId> excluded, Membership now) {
        Set<VolumeId> possible = new HashSet<>(now.excluded());
        for (MemberVm vm : now.vms()) {
            vm.volumes().forEach(volume -> possible.add(volume.id()));
            vms.find(vm.id()).ifPresent(known -> known.volumes().forEach(volume -> possible.add(volume.id())));
        }
        refuse(unknownExclusions(excluded, possible));
        return now.excluding(Set.copyOf(excluded), vms::find);
    }

    private void requireFree(VmId vm) {
        groups.claimedBy(vm).ifPresent(group -> {
            throw new HoldfastException(
                    GroupError.VM_ALREADY_PROTECTED,
                    "VM %s is protected by group %s; a VM is in one group at most.".formatted(vm, group),
                    Map.of("vmId", vm.toString(), "pgId", group.toString()));
        });
    }

    private KnownVm known(VmId id) {
        return vms.hold(id)
                .orElseThrow(() -> new HoldfastException(
                        GroupError.VM_NOT_FOUND,
                        "The inventory has no VM %s, or has not told of it yet.".formatted(id),
                        Map.of("vmId", id.toString())));
    }

    private static List<Violation> unknownExclusions(List<VolumeId> excluded, Set<VolumeId> possible) {
        List<Violation> broken = new ArrayList<>();
        for (int i = 0; i < excluded.size(); i++) {
            if (!possible.contains(excluded.get(i))) {
                broken.add(new Violation("excludedVolumeIds[%d]".formatted(i), "names no volume of the group's VMs"));
            }
        }
        return broken;
    }

    private static List<Violation> nameViolations(String name) {
        boolean fits = !name.isBlank() && name.length() <= ProtectionGroup.MAX_NAME_LENGTH;
        return fits && name.chars().noneMatch(Character::isISOControl)
                ? List.of()
                : List.of(new Violation(
                        "name",
                        "must have 1 to %d characters, not only blanks, no control characters"
                                .formatted(ProtectionGroup.MAX_NAME_LENGTH)));
    }

    private static List<Violation> violations(Objectives objectives) {
        return objectives.violations().stream()
                .map(broken -> new Violation(broken.field(), broken.message()))
                .toList();
    }

    private static Violation tooManyExcluded() {
        return new Violation("excludedVolumeIds", "must name at most %d volumes".formatted(MAX_EXCLUDED));
    }

    private static void refuse(List<Violation> broken) {
        if (!broken.isEmpty()) {
            throw Violation.refuse(broken);
        }
    }
}
