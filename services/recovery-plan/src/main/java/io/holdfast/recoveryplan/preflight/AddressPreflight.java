package io.holdfast.recoveryplan.preflight;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.Links;
import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.plan.MacRule;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.preflight.Finding.Code;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds machines of the plan that would get into each other's way in one network. What addresses guests give themselves is known only from the probes; what the plan gives them is known. */
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
            check.given(purpose);
        }
        check.sharedProbes();
        return List.copyOf(check.findings);
    }

    private void macs(Purpose purpose) {
        Map<String, PlannedMachine> first = new HashMap<>();
        for (PlannedMachine planned : machines) {
            Map<String, NetworkTarget> links = Links.of(planned.machine().spec(), purpose.networks(planned.group()));
            for (MachineSpec.Nic nic : planned.machine().spec().nics()) {
                if (links.containsKey(nic.name())) {
                    mac(purpose, planned, nic).ifPresent(mac -> {
                        NetworkTarget link = links.get(nic.name());
                        clash(Code.MAC_CLASH, first, planned, "MAC " + mac, PlannedMachine.shown(link));
                        if (purpose == Purpose.TEST
                                && link instanceof NetworkTarget.Host
                                && mac.equals(original(nic))) {
                            keptInTest(planned, nic, link);
                        }
                    });
                }
            }
        }
    }

    /** Empty = one that no other card has. */
    private static Optional<String> mac(Purpose purpose, PlannedMachine planned, MachineSpec.Nic nic) {
        MacRule rule = purpose.cards(planned.group()).mac(planned.machine().vmId(), nic);
        return switch (rule.policy()) {
            case KEEP -> Optional.of(original(nic)).filter(mac -> !mac.isEmpty());
            case GIVEN -> Optional.of(rule.mac());
            case NEW -> Optional.empty();
        };
    }

    private static String original(MachineSpec.Nic nic) {
        return nic.mac().toLowerCase(Locale.ROOT);
    }

    private void keptInTest(PlannedMachine planned, MachineSpec.Nic nic, NetworkTarget link) {
        findings.add(Finding.about(
                Code.MAC_KEPT_IN_TEST,
                planned.group().name(),
                "a test of '%s' has the MAC %s of its original in the %s"
                        .formatted(planned.machine().name(), original(nic), PlannedMachine.shown(link))));
    }

    /** Addresses that the plan gives are known; so are those that cards without any are probed at. */
    private void given(Purpose purpose) {
        Map<String, PlannedMachine> first = new HashMap<>();
        for (PlannedMachine planned : machines) {
            Map<String, NetworkTarget> links = Links.of(planned.machine().spec(), purpose.networks(planned.group()));
            purpose.cards(planned.group()).given(planned.machine()).forEach((nic, setting) -> setting.plainAddresses()
                    .forEach(address -> clash(
                            Code.ADDRESS_CLASH,
                            first,
                            planned,
                            "address " + address,
                            PlannedMachine.shown(links.get(nic)))));
        }
    }

    private void addresses(Purpose purpose) {
        Map<String, PlannedMachine> first = new HashMap<>();
        for (PlannedMachine planned : machines) {
            List<String> own = planned.probes()
                    .filter(probe -> probe.vmId().isPresent())
                    .flatMap(probe -> PlannedMachine.address(probe).stream())
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
        if (other != null && !other.equals(planned)) {
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
            planned.probes()
                    .filter(probe -> probe.vmId().isEmpty() && vms.size() > 1)
                    .flatMap(probe -> PlannedMachine.address(probe).stream())
                    .forEach(address -> findings.add(Finding.about(
                            Code.PROBE_SHARED,
                            planned.group().name(),
                            "%d machines of group '%s' are all probed at %s"
                                    .formatted(vms.size(), planned.group().name(), address))));
        }
    }
}
