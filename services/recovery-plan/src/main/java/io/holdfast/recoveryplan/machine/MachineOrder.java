package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.plan.CardSetting;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * An order to run a machine, made of nothing but what is stored with the run: every attempt says the same.
 *
 * @param machineId of this copy
 * @param volumes where the bytes of each disk are, as {@code nbd://host:port/export}
 * @param links by name of the NIC; one that is not named has no link
 * @param expiresAt when the agent stops the machine by itself; empty = never
 * @param given what the guest's cards are given after its start, by name of the NIC; one that is not named keeps the guest's own settings
 */
public record MachineOrder(
        UUID machineId,
        RunId runId,
        Placement placement,
        Map<VolumeId, String> volumes,
        Map<String, NetworkTarget> links,
        List<MachineProbe> probes,
        Optional<Instant> expiresAt,
        Map<String, CardSetting> given) {
    public MachineOrder {
        given = Map.copyOf(given);
        volumes = Map.copyOf(volumes);
        links = Map.copyOf(links);
        probes = List.copyOf(probes);
    }

    /** The guest's cards keep its own settings. */
    public MachineOrder(
            UUID machineId,
            RunId runId,
            Placement placement,
            Map<VolumeId, String> volumes,
            Map<String, NetworkTarget> links,
            List<MachineProbe> probes,
            Optional<Instant> expiresAt) {
        this(machineId, runId, placement, volumes, links, probes, expiresAt, Map.of());
    }

    /** The card that is given this address; empty = none, and a probe goes over the first that is connected. */
    public String nicOf(String address) {
        return given.entrySet().stream()
                .filter(card -> card.getValue().plainAddresses().contains(address))
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst()
                .orElse("");
    }
}
