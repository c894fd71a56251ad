package io.holdfast.protectiongroup.membership;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.membership.KnownVm.KnownVolume;
import io.holdfast.protectiongroup.membership.KnownVm.Obstacle;
import io.holdfast.protectiongroup.ownership.Ownership;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A VM of a group, with the volumes that the group has or waits for. */
public record MemberVm(VmId id, String name, AgentId agent, List<MemberVolume> volumes, Ownership ownership) {
    public static final Obstacle GONE = new Obstacle(
            "VOLUME_GONE", "The inventory does not report the volume any more; exclude it to go on without.");

    public MemberVm {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(agent, "agent");
        volumes = List.copyOf(volumes);
        Objects.requireNonNull(ownership, "ownership");
    }

    MemberVm owned(Ownership next) {
        return new MemberVm(id, name, agent, volumes, next);
    }

    public List<MemberVolume> includedVolumes() {
        return volumes.stream().filter(MemberVolume::included).toList();
    }

    /**
     * What the group has of the VM after the inventory described it anew. A new disk is included unless it is excluded (F22). An
     * event never takes protection away: a volume that vanishes or stops being protectable stays in the policy with its last
     * size and is shown with the obstacle, until a person excludes it. History is lost by decisions, not by a missing line
     * in a report.
     */
    MemberVm describedAs(KnownVm known, Set<VolumeId> excluded) {
        Map<VolumeId, KnownVolume> reported = new HashMap<>();
        known.volumes().forEach(volume -> reported.put(volume.id(), volume));
        List<MemberVolume> result = new ArrayList<>();
        for (MemberVolume had : volumes) {
            KnownVolume now = reported.remove(had.id());
            if (!excluded.contains(had.id())) {
                continueWith(had, now).ifPresent(result::add);
            }
        }
        for (KnownVolume volume : known.volumes()) {
            if (reported.containsKey(volume.id()) && !excluded.contains(volume.id())) {
                result.add(taken(volume));
            }
        }
        return new MemberVm(id, known.name(), known.agent().orElse(agent), result, ownership);
    }

    MemberVm gone() {
        return new MemberVm(
                id,
                name,
                agent,
                volumes.stream()
                        .map(volume -> continueWith(volume, null))
                        .flatMap(Optional::stream)
                        .toList(),
                ownership);
    }

    static MemberVolume taken(KnownVolume volume) {
        return new MemberVolume(
                volume.id(),
                volume.name(),
                volume.sizeBytes(),
                volume.obstacle().isEmpty() ? MemberVolume.Standing.INCLUDED : MemberVolume.Standing.WAITING,
                volume.obstacle());
    }

    private static Optional<MemberVolume> continueWith(MemberVolume had, KnownVolume now) {
        if (!had.included()) {
            return Optional.ofNullable(now).map(MemberVm::taken);
        }
        if (now == null) {
            return Optional.of(
                    new MemberVolume(had.id(), had.name(), had.sizeBytes(), had.standing(), Optional.of(GONE)));
        }
        long size = now.obstacle().isEmpty() ? now.sizeBytes() : had.sizeBytes();
        return Optional.of(new MemberVolume(had.id(), now.name(), size, had.standing(), now.obstacle()));
    }
}
