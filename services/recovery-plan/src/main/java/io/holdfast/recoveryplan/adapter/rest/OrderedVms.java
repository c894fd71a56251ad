package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.ownership.OwnershipError;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.OrderedVm;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.RunError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Fixes the VMs of a run when it is ordered. */
@ApplicationScoped
class OrderedVms {
    private final ProtectedGroups groups;

    @Inject
    OrderedVms(ProtectedGroups groups) {
        this.groups = groups;
    }

    /**
     * The VMs of each protection group of the plan that are known, and recovered; for a PLANNED run of a plan whose groups can all be taken.
     *
     * @param part empty: all that are known are recovered
     * @throws HoldfastException {@code MACHINES_UNKNOWN} if there is a group that is powered on, or taken by a PLANNED run, of which no event has named VMs, or for a
     *     PLANNED run their agents: a run that starts or stops nothing must not look like one that did; {@code GROUP_NOT_PROTECTED} for a PLANNED run of a
     *     group that is not PROTECTED
     */
    Map<PgId, List<OrderedVm>> of(PlanDefinition plan, Mode mode, Optional<Part> part) {
        Map<PgId, ProtectedGroup> known = groups.find(plan.pgIds());
        Map<PgId, List<OrderedVm>> vms = new HashMap<>();
        for (RecoveryGroup group : plan.groups()) {
            for (PgId pg : group.pgIds()) {
                if (mode.isPlanned()) {
                    requireProtected(pg, known.get(pg), mode);
                }
                List<OrderedVm> found = members(known.get(pg)).stream()
                        .filter(vm ->
                                part.map(only -> only.vms().contains(vm.id())).orElse(true))
                        .toList();
                boolean volumesOnly =
                        part.map(only -> only.volumes().containsKey(pg)).orElse(false);
                if (found.isEmpty() && !volumesOnly && (group.machines().powerOn() || mode.isPlanned())) {
                    throw new HoldfastException(
                            RunError.MACHINES_UNKNOWN,
                            "the plan starts or stops the machines of protection group %s, and no event has named its VMs yet"
                                    .formatted(pg));
                }
                if (!found.isEmpty()) {
                    vms.put(pg, found);
                }
            }
        }
        return vms;
    }

    /** @param group null: none is known */
    static List<OrderedVm> members(ProtectedGroup group) {
        return group == null
                ? List.of()
                : group.vms().stream()
                        .map(vm -> new OrderedVm(vm.id(), vm.name(), vm.agent()))
                        .toList();
    }

    private static void requireProtected(PgId pg, ProtectedGroup group, Mode mode) {
        if (group == null || !group.lifecycle().equals("PROTECTED")) {
            throw new HoldfastException(
                    OwnershipError.GROUP_NOT_PROTECTED,
                    "protection group %s is %s; a %s run loses nothing only if every group is PROTECTED"
                            .formatted(pg, group == null ? "not known" : group.lifecycle(), mode));
        }
        group.vms().stream().filter(vm -> vm.agent().isEmpty()).findFirst().ifPresent(vm -> {
            throw new HoldfastException(
                    RunError.MACHINES_UNKNOWN,
                    "no event has named the agent of the VM '%s' (%s) yet".formatted(vm.name(), vm.id()));
        });
    }
}
