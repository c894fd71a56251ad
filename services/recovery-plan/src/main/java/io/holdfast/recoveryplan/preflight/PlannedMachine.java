package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.Links;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A machine that the plan would start, as the newest checkpoint knows it. */
record PlannedMachine(RecoveryGroup group, KnownMachine machine) {

    /** In the order of the plan. @param specified machines by protection group; no entry = the checkpoint could not be asked */
    static List<PlannedMachine> of(PlanDefinition plan, Map<PgId, List<KnownMachine>> specified) {
        return plan.groups().stream()
                .filter(group -> group.machines().powerOn())
                .flatMap(group -> group.pgIds().stream()
                        .flatMap(pg -> specified.getOrDefault(pg, List.of()).stream())
                        .map(machine -> new PlannedMachine(group, machine)))
                .toList();
    }

    Stream<String> networkNames(Purpose purpose) {
        return Links.of(machine.spec(), purpose.networks(group)).values().stream()
                .map(PlannedMachine::shown)
                .distinct();
    }

    /** What shows that it is ready, also what is to show it of others at once. */
    Stream<MachineProbe> probes() {
        return group.readiness() instanceof Readiness.Machines ready
                ? ready.probes().stream()
                        .filter(probe ->
                                probe.vmId().map(machine.vmId()::equals).orElse(true))
                : Stream.empty();
    }

    /** That a probe names; empty = it names none. */
    static Optional<String> address(MachineProbe probe) {
        return switch (probe) {
            case MachineProbe.Tcp tcp -> Optional.of(tcp.address()).filter(address -> !address.isEmpty());
            case MachineProbe.Http http -> Optional.of(http.address()).filter(address -> !address.isEmpty());
            case MachineProbe.GuestAgent _, MachineProbe.Console _ -> Optional.empty();
        };
    }

    /** An isolated network of a run and one of the host are different ones even if they have one name. */
    static String shown(NetworkTarget target) {
        return switch (target) {
            case NetworkTarget.Host host -> "network '%s' of the host".formatted(host.name());
            case NetworkTarget.Isolated isolated -> "isolated network '%s'".formatted(isolated.name());
        };
    }
}
