package io.holdfast.protectiongroup.membership;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A VM as the inventory last described it.
 *
 * @param agent empty when no agent captures its writes
 * @param polled its changes are fetched at an interval (docs/capture.md): its disks are never as of the same instant as another machine's
 */
public record KnownVm(VmId id, String name, Optional<AgentId> agent, List<KnownVolume> volumes, boolean polled) {
    public KnownVm {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(agent, "agent");
        volumes = List.copyOf(volumes);
    }

    /** @param obstacle why the volume cannot be protected; empty when it can */
    public record KnownVolume(VolumeId id, String name, long sizeBytes, Optional<Obstacle> obstacle) {}

    /** A stable code and one sentence for a person. */
    public record Obstacle(String code, String message) {}
}
