package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds what would keep the machines of a plan from starting now. */
public final class MachinePreflight {
    private MachinePreflight() {}

    /**
     * @param known groups by id, from the protection-events
     * @param specified machines that the newest checkpoint of a group knows, by group; no entry = the checkpoint could not be asked
     */
    public static List<Finding> check(
            PlanDefinition plan,
            Map<PgId, ProtectedGroup> known,
            Map<PgId, List<KnownMachine>> specified,
            List<MachineHost> hosts) {
        List<Finding> findings = new ArrayList<>();
        for (RecoveryGroup group : plan.groups()) {
            if (!group.machines().powerOn()) {
                continue;
            }
            boolean host = hosts.stream()
                    .filter(MachineHost::usable)
                    .anyMatch(candidate -> group.machines().hosts().isEmpty()
                            || group.machines().hosts().contains(candidate.id()));
            if (!host) {
                findings.add(new Finding(
                        Code.NO_MACHINE_HOST,
                        Optional.of(group.name()),
                        Optional.empty(),
                        "no host that may run the machines of group '%s' is connected and runs machines"
                                .formatted(group.name())));
            }
            group.pgIds().forEach(pg -> findings.addAll(machines(group, pg, known, specified)));
        }
        return List.copyOf(findings);
    }

    private static List<Finding> machines(
            RecoveryGroup group, PgId pg, Map<PgId, ProtectedGroup> known, Map<PgId, List<KnownMachine>> specified) {
        List<ProtectedGroup.Vm> vms = known.containsKey(pg) ? known.get(pg).vms() : List.of();
        if (vms.isEmpty()) {
            return List.of(finding(
                    Code.MACHINES_UNKNOWN,
                    group,
                    pg,
                    "no event has named the VMs of protection group %s".formatted(pg)));
        }
        if (!specified.containsKey(pg)) {
            return List.of();
        }
        return vms.stream()
                .filter(vm -> specified.get(pg).stream()
                        .noneMatch(machine -> machine.vmId().equals(vm.id())))
                .map(vm -> finding(
                        Code.MACHINE_SPEC_UNKNOWN,
                        group,
                        pg,
                        "the newest checkpoint does not say what the machine '%s' was".formatted(vm.name())))
                .toList();
    }

    private static Finding finding(Code code, RecoveryGroup group, PgId pg, String message) {
        return new Finding(code, Optional.of(group.name()), Optional.of(pg), message);
    }
}
