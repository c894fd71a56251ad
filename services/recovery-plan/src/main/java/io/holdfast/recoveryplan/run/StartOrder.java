package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.ArrayList;
import java.util.List;

/** The order in which the VMs of a recovery group start; they are shut down in the reverse one. */
final class StartOrder {
    private StartOrder() {}

    /** @param member number of the protection group in the recovery group, from 1 */
    record Vm(PgId pg, int member, OrderedVm vm) {}

    /** Those of one list start together; those that the plan does not name last. Without empty lists. */
    static List<List<Vm>> of(RunOrder order, RecoveryGroup group) {
        List<Vm> rest = new ArrayList<>();
        for (int member = 1; member <= group.pgIds().size(); member++) {
            PgId pg = group.pgIds().get(member - 1);
            for (OrderedVm vm : order.vms().getOrDefault(pg, List.of())) {
                rest.add(new Vm(pg, member, vm));
            }
        }
        List<List<Vm>> tiers = new ArrayList<>();
        for (List<VmId> named : group.machines().startOrder()) {
            List<Vm> tier =
                    rest.stream().filter(vm -> named.contains(vm.vm().id())).toList();
            rest.removeAll(tier);
            tiers.add(tier);
        }
        tiers.add(rest);
        return tiers.stream().filter(tier -> !tier.isEmpty()).toList();
    }
}
