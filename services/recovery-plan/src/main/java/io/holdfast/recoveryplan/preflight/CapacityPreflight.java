package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.Links;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.machine.Placement;
import io.holdfast.recoveryplan.machine.Placer;
import io.holdfast.recoveryplan.plan.GroupOrder;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Places all machines of the plan, group by group as a run would, on what the hosts have free now. Memory and networks are known of a host; its
 * processors are not reported, so nothing is said of them.
 */
public final class CapacityPreflight {
    private CapacityPreflight() {}

    /** At most one finding for each purpose: what comes after the first machine without a place has none either. */
    public static List<Finding> check(
            PlanDefinition plan,
            Map<PgId, List<KnownMachine>> specified,
            List<MachineHost> hosts,
            Set<Purpose> purposes) {
        List<Finding> findings = new ArrayList<>();
        List<PlannedMachine> machines = PlannedMachine.of(plan, specified);
        for (Purpose purpose : purposes) {
            check(plan, machines, hosts, purpose, findings);
        }
        return List.copyOf(findings);
    }

    private static void check(
            PlanDefinition plan,
            List<PlannedMachine> machines,
            List<MachineHost> hosts,
            Purpose purpose,
            List<Finding> findings) {
        List<MachineHost> free = new ArrayList<>(hosts);
        Set<HostId> inUse = new HashSet<>();
        for (RecoveryGroup group : GroupOrder.inOrder(plan.groups())) {
            List<Placer.Need> needs = machines.stream()
                    .filter(planned -> planned.group().equals(group))
                    .map(planned -> Links.need(planned.machine(), purpose.networks(group)))
                    .toList();
            List<MachineHost> candidates = free.stream()
                    .filter(MachineHost::usable)
                    .filter(host -> group.machines().hosts().isEmpty()
                            || group.machines().hosts().contains(host.id()))
                    .toList();
            // Without any candidate NO_MACHINE_HOST says it.
            if (needs.isEmpty() || candidates.isEmpty()) {
                continue;
            }
            try {
                for (Placement placement : Placer.place(needs, candidates, inUse)) {
                    inUse.add(placement.host());
                    free.replaceAll(host -> host.id().equals(placement.host())
                            ? host.reserving(placement.machine().spec().memoryBytes())
                            : host);
                }
            } catch (HoldfastException noPlace) {
                findings.add(Finding.about(
                        Code.CAPACITY_MISSING,
                        group.name(),
                        "for a %s run: %s".formatted(purpose == Purpose.TEST ? "TEST" : "live", noPlace.getMessage())));
                return;
            }
        }
    }
}
