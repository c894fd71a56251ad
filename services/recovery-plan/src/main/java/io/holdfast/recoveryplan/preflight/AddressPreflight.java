package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.Links;
import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Finds machines of the plan that would get into each other's way in one network. What addresses guests give themselves is known only from the probes. */
public final class AddressPreflight {
    private final List<PlannedMachine> machines;
    private final Set<Finding> findings = new LinkedHashSet<>();

    private AddressPreflight(List<PlannedMachine> machines) {
        this.machines = machines;
    }

    public static List<Finding> check(
            PlanDefinition plan, Map<PgId, List<KnownMachine>> specified, Set<Purpose> purposes) {
        AddressPreflight check = new AddressPreflight(PlannedMachine.of(plan, specified));
        for (Purpose purpose : purposes) {
            check.macs(purpose);
            check.addresses(purpose);
        }
        check.sharedProbes();
        return List.copyOf(check.findings);
    }

    private void macs(Purpose purpose) {
        Map<String, PlannedMachine> first = new HashMap<>();
        for (PlannedMachine planned : machines) {
            Map<String, NetworkTarget> links = Links.of(planned.machine().spec(), purpose.networks(planned.group()));
            for (MachineSpec.Nic nic : planned.machine().spec().nics()) {
                if (links.containsKey(nic.name()) && !nic.mac().isEmpty()) {
                    String mac = nic.mac().toLowerCase(Locale.ROOT);
                    clash(Code.MAC_CLASH, first, planned, "MAC " + mac, PlannedMachine.shown(links.get(nic.name())));
                }
            }
        }
    }

    private void addresses(Purpose purpose) {
        Map<String, PlannedMachine> first = new HashMap<>();
        for (PlannedMachine planned : machines) {
            List<String> own = probes(planned)
                    .filter(probe -> probe.vmId()
                            .filter(planned.machine().vmId()::equals)
                            .isPresent())
                    .flatMap(probe -> address(probe).stream())
                    .distinct()
                    .toList();
            for (String network : planned.networkNames(purpose).limit(1).toList()) {
                own.forEach(address -> clash(Code.ADDRESS_CLASH, first, planned, "address " + address, network));
            }
        }
    }

    private void clash(
            Code code, Map<String, PlannedMachine> first, PlannedMachine planned, String what, String network) {
        PlannedMachine other = first.putIfAbsent(what + " " + network, planned);
        if (other != null) {
            findings.add(Finding.about(
                    code,
                    planned.group().name(),
                    "'%s' and '%s' would both have %s in the %s"
                            .formatted(other.machine().name(), planned.machine().name(), what, network)));
        }
    }

    private void sharedProbes() {
        for (PlannedMachine planned : machines) {
            List<VmId> vms = new ArrayList<>();
            machines.stream()
                    .filter(other -> other.group().equals(planned.group()))
                    .forEach(other -> vms.add(other.machine().vmId()));
            probes(planned)
                    .filter(probe -> probe.vmId().isEmpty() && vms.size() > 1)
                    .flatMap(probe -> address(probe).stream())
                    .forEach(address -> findings.add(Finding.about(
                            Code.PROBE_SHARED,
                            planned.group().name(),
                            "%d machines of group '%s' are all probed at %s"
                                    .formatted(vms.size(), planned.group().name(), address))));
        }
    }

    private static Stream<MachineProbe> probes(PlannedMachine planned) {
        return planned.group().readiness() instanceof Readiness.Machines ready
                ? ready.probes().stream()
                : Stream.empty();
    }

    private static Optional<String> address(MachineProbe probe) {
        return switch (probe) {
            case MachineProbe.Tcp tcp -> Optional.of(tcp.address());
            case MachineProbe.Http http -> Optional.of(http.address());
            case MachineProbe.GuestAgent _, MachineProbe.Console _ -> Optional.empty();
        };
    }
}
