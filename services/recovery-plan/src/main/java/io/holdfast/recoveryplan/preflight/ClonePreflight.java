package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.Links;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds clones that would answer at the address of what they were copied from. A guest keeps its address unless the plan gives it another, and only probes say which it is. */
public final class ClonePreflight {
    private ClonePreflight() {}

    /** @param plan as the clone is ordered: its networks for tests are those that the clone is attached to */
    public static List<Finding> check(PlanDefinition plan, Map<PgId, List<KnownMachine>> specified) {
        return PlannedMachine.of(plan, specified).stream()
                .flatMap(planned -> kept(planned).stream())
                .toList();
    }

    private static Optional<Finding> kept(PlannedMachine planned) {
        Set<String> given =
                Purpose.TEST.cards(planned.group()).given(planned.machine()).keySet();
        String networks = Links.of(planned.machine().spec(), Purpose.TEST.networks(planned.group())).entrySet().stream()
                .filter(link -> link.getValue() instanceof NetworkTarget.Host && !given.contains(link.getKey()))
                .map(link -> PlannedMachine.shown(link.getValue()))
                .sorted()
                .distinct()
                .collect(Collectors.joining(", "));
        String addresses = planned.probes()
                .flatMap(probe -> PlannedMachine.address(probe).stream())
                .distinct()
                .collect(Collectors.joining(", "));
        return networks.isEmpty() || addresses.isEmpty()
                ? Optional.empty()
                : Optional.of(Finding.about(
                        Code.ADDRESS_KEPT_BY_CLONE,
                        planned.group().name(),
                        "the clone of '%s' is given no address in the %s; it keeps its own (%s), which its original may have there"
                                .formatted(planned.machine().name(), networks, addresses)));
    }
}
