package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds VMs that would be lost together with the only place where they could be recovered: a site that recovers belongs where the VMs are not (F164).
 *
 * <p>Which host is in which building nobody tells this service. What it knows is the agent that captures a VM, and the agents that would run it; where one agent is all there is, the host
 * is one as well.
 */
public final class SourceHostPreflight {
    private static final int MOST_NAMES = 4;

    private SourceHostPreflight() {}

    /**
     * Nothing is said of a VM whose agent no event has named, nor where no host is usable: that is {@code NO_MACHINE_HOST}.
     *
     * @param known groups by id, from the protection-events
     */
    public static List<Finding> check(PlanDefinition plan, Map<PgId, ProtectedGroup> known, List<MachineHost> hosts) {
        List<Finding> findings = new ArrayList<>();
        for (RecoveryGroup group : plan.groups()) {
            if (!group.machines().powerOn()) {
                continue;
            }
            List<MachineHost> allowed = hosts.stream()
                    .filter(MachineHost::usable)
                    .filter(host -> group.machines().hosts().isEmpty()
                            || group.machines().hosts().contains(host.id()))
                    .toList();
            Set<AgentId> agents = allowed.stream().map(MachineHost::agent).collect(Collectors.toSet());
            if (agents.size() == 1) {
                group.pgIds().stream()
                        .flatMap(pg -> Optional.ofNullable(known.get(pg)).stream())
                        .forEach(pg -> finding(group, pg, allowed.getFirst()).ifPresent(findings::add));
            }
        }
        return List.copyOf(findings);
    }

    private static Optional<Finding> finding(RecoveryGroup group, ProtectedGroup known, MachineHost only) {
        List<String> there = known.vms().stream()
                .filter(vm -> vm.agent().filter(only.agent()::equals).isPresent())
                .map(vm -> "'" + vm.name() + "'")
                .toList();
        return there.isEmpty()
                ? Optional.empty()
                : Optional.of(new Finding(
                        Code.RECOVERS_ONTO_SOURCE,
                        Optional.of(group.name()),
                        Optional.of(known.pgId()),
                        "host '%s' is the only one that is connected and may run the machines of group '%s', and it has %s now: what takes it takes both"
                                .formatted(only.name(), group.name(), shown(there))));
    }

    private static String shown(List<String> names) {
        String first = names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "));
        return names.size() <= MOST_NAMES ? first : first + " and %d more".formatted(names.size() - MOST_NAMES);
    }
}
