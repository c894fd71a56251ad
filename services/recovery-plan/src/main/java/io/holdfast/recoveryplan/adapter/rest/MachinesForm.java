package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.PlanDraft;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How the machines of a recovery group look in JSON. */
@Schema(name = "Machines")
public record MachinesForm(
        @Schema(
                description =
                        "Ids of hosts that may run the machines; none = any host whose agent is connected and runs machines.")
        List<String> hosts,

        Networks networks,

        @Schema(description = "true: networks.test may name a network of the host. Default false.")
        Boolean allowProductionNetworkInTest,

        @Schema(
                description =
                        "Ids of VMs; those of one list start together, after those of the list before run. VMs that are not named start last.")
        List<List<String>> startOrder,

        @Schema(
                description =
                        "PT0S to PT10M, default PT0S: time for a guest to shut down by itself when its machine is stopped.")
        Duration shutdownGrace,

        @Schema(description = "Of single network cards, each once; at most 256.")
        List<CardForm> cards) {

    @Schema(
            name = "MachineNetworks",
            description =
                    "By name of the network at the machine's own site. A NIC whose network is not named has no link.")
    public record Networks(Map<String, Network> test, Map<String, Network> live) {}

    @Schema(name = "MachineNetwork", description = "Exactly one of the fields.")
    public record Network(
            @Schema(description = "A network of its own, without any way out.")
            String isolated,

            @Schema(description = "A network that the host's configuration has.")
            String host) {}

    @Schema(name = "MachineProbe")
    public record ProbeForm(
            @Schema(
                    required = true,
                    enumeration = {"TCP", "HTTP", "GUEST_AGENT", "CONSOLE"})
            String type,

            @Schema(description = "The VM that it is for; absent = each VM of the group.")
            String vmId,

            @Schema(
                    description =
                            "Of TCP and HTTP: IPv4 or IPv6, as reached from the machine's first connected NIC. Absent: what its card is given by the plan.")
            String address,

            Integer port,

            @Schema(description = "Of HTTP, default /.") String path,

            @Schema(description = "Of CONSOLE: what the first serial port prints.")
            String text) {

        PlanDraft.ProbeDraft draft() {
            return new PlanDraft.ProbeDraft(type, vmId, address, port, path, text);
        }

        private static String shown(String address) {
            return address.isEmpty() ? null : address;
        }

        static ProbeForm of(MachineProbe probe) {
            String vm = probe.vmId().map(VmId::toString).orElse(null);
            return switch (probe) {
                case MachineProbe.Tcp tcp -> new ProbeForm("TCP", vm, shown(tcp.address()), tcp.port(), null, null);
                case MachineProbe.Http http ->
                    new ProbeForm("HTTP", vm, shown(http.address()), http.port(), http.path(), null);
                case MachineProbe.GuestAgent _ -> new ProbeForm("GUEST_AGENT", vm, null, null, null, null);
                case MachineProbe.Console console -> new ProbeForm("CONSOLE", vm, null, null, null, console.text());
            };
        }
    }

    PlanDraft.MachinesDraft draft() {
        return new PlanDraft.MachinesDraft(
                hosts,
                drafts(networks == null ? null : networks.test()),
                drafts(networks == null ? null : networks.live()),
                allowProductionNetworkInTest,
                startOrder,
                shutdownGrace,
                CardForm.drafts(cards));
    }

    private static Map<String, PlanDraft.NetworkDraft> drafts(Map<String, Network> networks) {
        Map<String, PlanDraft.NetworkDraft> drafts = new TreeMap<>();
        Optional.ofNullable(networks)
                .ifPresent(given -> given.forEach((source, network) -> drafts.put(
                        source,
                        network == null ? null : new PlanDraft.NetworkDraft(network.isolated(), network.host()))));
        return drafts;
    }

    static MachinesForm of(MachineRules rules) {
        return new MachinesForm(
                rules.hosts().stream().map(HostId::toString).toList(),
                new Networks(of(rules.test()), of(rules.live())),
                rules.allowProductionNetworkInTest(),
                rules.startOrder().stream()
                        .map(together -> together.stream().map(VmId::toString).toList())
                        .toList(),
                rules.shutdownGrace(),
                rules.cards().isEmpty()
                        ? null
                        : rules.cards().stream().map(CardForm::of).toList());
    }

    private static Map<String, Network> of(Map<String, NetworkTarget> targets) {
        Map<String, Network> networks = new TreeMap<>();
        targets.forEach((source, target) -> networks.put(
                source,
                switch (target) {
                    case NetworkTarget.Isolated isolated -> new Network(isolated.name(), null);
                    case NetworkTarget.Host host -> new Network(null, host.name());
                }));
        return networks;
    }
}
