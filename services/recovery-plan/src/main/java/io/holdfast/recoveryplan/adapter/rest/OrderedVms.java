package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import io.holdfast.recoveryplan.run.OrderedVm;
import io.holdfast.recoveryplan.run.RunError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Fixes the VMs of a run when it is ordered. */
@ApplicationScoped
class OrderedVms {
    private final ProtectedGroups groups;

    @Inject
    OrderedVms(ProtectedGroups groups) {
        this.groups = groups;
    }

    /**
     * The VMs of each protection group whose recovery group powers on.
     *
     * @throws HoldfastException {@code MACHINES_UNKNOWN} if there is one of which no event has named VMs: a run that starts nothing must not
     *     look like one that did
     */
    Map<PgId, List<OrderedVm>> of(PlanDefinition plan) {
        List<PgId> wanted = plan.groups().stream()
                .filter(group -> group.machines().powerOn())
                .map(RecoveryGroup::pgIds)
                .flatMap(List::stream)
                .toList();
        Map<PgId, ProtectedGroup> known = wanted.isEmpty() ? Map.of() : groups.find(wanted);
        Map<PgId, List<OrderedVm>> vms = new HashMap<>();
        for (PgId pg : wanted) {
            ProtectedGroup group = known.get(pg);
            if (group == null || group.vms().isEmpty()) {
                throw new HoldfastException(
                        RunError.MACHINES_UNKNOWN,
                        "the plan starts the machines of protection group %s, and no event has named its VMs yet"
                                .formatted(pg));
            }
            vms.put(
                    pg,
                    group.vms().stream()
                            .map(vm -> new OrderedVm(vm.id(), vm.name()))
                            .toList());
        }
        return vms;
    }
}
