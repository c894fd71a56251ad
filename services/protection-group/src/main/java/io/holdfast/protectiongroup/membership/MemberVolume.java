package io.holdfast.protectiongroup.membership;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.membership.KnownVm.Obstacle;
import java.util.Objects;
import java.util.Optional;

/**
 * A volume of a group.
 *
 * @param obstacle what the inventory has against it now; empty when nothing
 */
public record MemberVolume(VolumeId id, String name, long sizeBytes, Standing standing, Optional<Obstacle> obstacle) {
    public MemberVolume {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(standing, "standing");
        Objects.requireNonNull(obstacle, "obstacle");
    }

    public enum Standing {
        /** In the policy. */
        INCLUDED,
        /** Came later and cannot be protected; is included by itself as soon as it can. */
        WAITING
    }

    public boolean included() {
        return standing == Standing.INCLUDED;
    }
}
