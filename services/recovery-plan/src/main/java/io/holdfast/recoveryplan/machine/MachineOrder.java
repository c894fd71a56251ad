package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VolumeId;
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
 */
public record MachineOrder(
        UUID machineId,
        RunId runId,
        Placement placement,
        Map<VolumeId, String> volumes,
        Map<String, NetworkTarget> links,
        List<MachineProbe> probes,
        Optional<Instant> expiresAt) {
    public MachineOrder {
        volumes = Map.copyOf(volumes);
        links = Map.copyOf(links);
        probes = List.copyOf(probes);
    }
}
