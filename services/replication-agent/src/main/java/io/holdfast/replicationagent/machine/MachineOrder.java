package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.guest.GuestAddresses;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a StartMachine command asks for. Two orders are the same when all of this is.
 *
 * @param name a label
 * @param volumes one for every disk of the spec
 * @param links by card; a card that is not named has no link
 * @param probes at most {@value #MAX_PROBES}
 * @param expiresAtMicros 0 = never
 * @param addresses what guests are given, by card; a card that is not named keeps what the guest gives itself
 */
public record MachineOrder(
        MachineId id,
        VmId vm,
        String name,
        RunId run,
        MachineSpec spec,
        Map<VolumeId, NbdAddress> volumes,
        Map<String, NetworkLink> links,
        List<ReadinessProbe> probes,
        long expiresAtMicros,
        Map<String, GuestAddresses> addresses) {
    public static final int MAX_PROBES = 16;

    public MachineOrder {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(vm, "vm");
        SpecCheck.require(Nic.isLabel(name), "name", name, "at most 200 characters");
        Objects.requireNonNull(run, "run");
        volumes = Map.copyOf(volumes);
        links = Map.copyOf(links);
        probes = List.copyOf(probes);
        addresses = Map.copyOf(addresses);
        Set<VolumeId> wanted = new HashSet<>();
        spec.disks().forEach(disk -> wanted.add(disk.volume()));
        SpecCheck.require(
                volumes.keySet().equals(wanted),
                "volumes",
                volumes.size() + " volumes",
                "exactly one for every disk of the spec");
        Set<String> cards = new HashSet<>();
        spec.nics().forEach(nic -> cards.add(nic.name()));
        SpecCheck.require(cards.containsAll(links.keySet()), "links.nic", links.keySet(), "names of the spec's cards");
        SpecCheck.require(
                links.keySet().containsAll(addresses.keySet()),
                "links.guest",
                addresses.keySet(),
                "names of cards that are connected");
        SpecCheck.require(probes.size() <= MAX_PROBES, "probes", probes.size() + " probes", "at most " + MAX_PROBES);
        SpecCheck.require(expiresAtMicros >= 0, "expires_at_micros", expiresAtMicros, "0 or later");
        for (ReadinessProbe probe : probes) {
            if (probe instanceof ReadinessProbe.Network network) {
                SpecCheck.require(
                        network.nic().isEmpty() ? !links.isEmpty() : links.containsKey(network.nic()),
                        "probes.nic",
                        network.nic(),
                        "the name of a card that is connected, or empty when one is");
            }
        }
    }

    /** The guest's cards keep what it gives them. */
    public MachineOrder(
            MachineId id,
            VmId vm,
            String name,
            RunId run,
            MachineSpec spec,
            Map<VolumeId, NbdAddress> volumes,
            Map<String, NetworkLink> links,
            List<ReadinessProbe> probes,
            long expiresAtMicros) {
        this(id, vm, name, run, spec, volumes, links, probes, expiresAtMicros, Map.of());
    }

    /** What the guest's cards are given, by MAC. */
    Map<String, GuestAddresses> addressesByMac() {
        Map<String, GuestAddresses> byMac = new LinkedHashMap<>();
        spec.nics().forEach(nic -> Optional.ofNullable(addresses.get(nic.name()))
                .ifPresent(wanted -> byMac.put(nic.mac(), wanted)));
        return byMac;
    }

    /** Where a probe over a network has to start from. */
    public NetworkLink linkOf(ReadinessProbe.Network probe) {
        if (!probe.nic().isEmpty()) {
            return links.get(probe.nic());
        }
        return spec.nics().stream()
                .map(nic -> links.get(nic.name()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow();
    }

    /** Every card that is connected, by its place in the spec, in that order. */
    public Map<Integer, NetworkLink> connections() {
        Map<Integer, NetworkLink> connections = new LinkedHashMap<>();
        for (int i = 0; i < spec.nics().size(); i++) {
            int place = i;
            Optional.ofNullable(links.get(spec.nics().get(i).name())).ifPresent(link -> connections.put(place, link));
        }
        return connections;
    }

    /** The isolated networks that this machine needs, each once. */
    public Set<IsolatedKey> isolatedNetworks() {
        Set<IsolatedKey> keys = new LinkedHashSet<>();
        for (NetworkLink link : connections().values()) {
            if (link instanceof NetworkLink.IsolatedNetwork isolated) {
                keys.add(new IsolatedKey(run, isolated.name()));
            }
        }
        return keys;
    }

    /** An isolated network: of one run, by name. Networks of the same name in two runs have nothing in common. */
    public record IsolatedKey(RunId run, String name) {}
}
