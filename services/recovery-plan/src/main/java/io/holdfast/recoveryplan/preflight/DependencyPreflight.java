package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds what the groups of a plan rely on and is not protected. */
public final class DependencyPreflight {
    private DependencyPreflight() {}

    public static List<Finding> check(PlanDefinition plan, Map<PgId, ProtectedGroup> known) {
        List<Finding> findings = new ArrayList<>();
        for (RecoveryGroup group : plan.groups()) {
            for (RecoveryGroup needed : plan.groups()) {
                if (group.dependsOn().contains(needed.name())) {
                    unprotected(needed, known)
                            .map(state -> Finding.about(
                                    Code.DEPENDENCY_UNPROTECTED,
                                    group.name(),
                                    "group '%s' depends on group '%s', whose %s"
                                            .formatted(group.name(), needed.name(), state)))
                            .ifPresent(findings::add);
                }
            }
            strangers(group, known).forEach(findings::add);
        }
        return List.copyOf(findings);
    }

    private static Optional<String> unprotected(RecoveryGroup needed, Map<PgId, ProtectedGroup> known) {
        return needed.pgIds().stream()
                .filter(pg -> !known.containsKey(pg) || !known.get(pg).isProtected())
                .map(pg -> known.containsKey(pg)
                        ? "protection group '%s' is %s"
                                .formatted(known.get(pg).name(), known.get(pg).lifecycle())
                        : "protection group %s is not known".formatted(pg))
                .findFirst();
    }

    /** Nothing is said while a protection group of the group is not known: its VMs are not either. */
    private static Stream<Finding> strangers(RecoveryGroup group, Map<PgId, ProtectedGroup> known) {
        if (!known.keySet().containsAll(group.pgIds())) {
            return Stream.empty();
        }
        Set<VmId> members = group.pgIds().stream()
                .flatMap(pg -> known.get(pg).vms().stream())
                .map(ProtectedGroup.Vm::id)
                .collect(Collectors.toSet());
        Stream<VmId> ordered = group.machines().startOrder().stream().flatMap(List::stream);
        Stream<VmId> probed = group.readiness() instanceof Readiness.Machines ready
                ? ready.probes().stream().map(MachineProbe::vmId).flatMap(Optional::stream)
                : Stream.empty();
        return Stream.concat(ordered, probed)
                .distinct()
                .filter(vm -> !members.contains(vm))
                .map(vm -> Finding.about(
                        Code.VM_NOT_IN_GROUP,
                        group.name(),
                        "the machines of group '%s' name VM %s, which is in none of its protection groups"
                                .formatted(group.name(), vm)));
    }
}
