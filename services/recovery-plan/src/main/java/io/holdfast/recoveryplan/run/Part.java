package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a run recovers of its protection groups when it does not recover all; docs/recovery-runs.md, "A part of a plan".
 *
 * @param vms with all that the session has of their disks; those that are to start do
 * @param volumes that are served besides, of each protection group
 */
public record Part(Set<VmId> vms, Map<PgId, Set<VolumeId>> volumes) {
    public Part {
        vms = Set.copyOf(vms);
        volumes = volumes.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> Set.copyOf(entry.getValue())));
    }

    /** Whether anything of the group is recovered. */
    public boolean touches(PgId pg, Collection<OrderedVm> members) {
        return volumes.containsKey(pg) || members.stream().anyMatch(vm -> vms.contains(vm.id()));
    }

    /** Whether the group is recovered as a whole. */
    public boolean hasAll(PgId pg, Collection<OrderedVm> members) {
        return !volumes.containsKey(pg)
                && !members.isEmpty()
                && members.stream().allMatch(vm -> vms.contains(vm.id()));
    }

    /** What a session of a group is asked to serve. @param vms with all their disks @param volumes besides */
    public record Served(Set<VmId> vms, Set<VolumeId> volumes) {
        public Served {
            vms = Set.copyOf(vms);
            volumes = Set.copyOf(volumes);
        }
    }

    /** @param members the VMs of the group that are recovered */
    public Served of(PgId pg, Collection<OrderedVm> members) {
        return new Served(
                members.stream().map(OrderedVm::id).collect(Collectors.toSet()), volumes.getOrDefault(pg, Set.of()));
    }

    /**
     * The session of a group, without the exports that are not asked for.
     *
     * @param members the VMs of the group that are recovered
     * @throws HoldfastException {@code PART_NOT_IN_CHECKPOINT} if it has nothing of a VM, or not a volume, that is asked for
     */
    public OpenSession narrowed(PgId pg, OpenSession session, Collection<OrderedVm> members) {
        List<String> missing = new ArrayList<>();
        Set<String> wantedVolumes = texts(volumes.getOrDefault(pg, Set.of()));
        Set<String> wantedVms = texts(members.stream().map(OrderedVm::id).toList());
        List<OpenSession.Export> served = session.exports().stream()
                .filter(export -> wantedVolumes.contains(export.volumeId()) || wantedVms.contains(export.vmId()))
                .toList();
        wantedVolumes.stream()
                .filter(id ->
                        served.stream().noneMatch(export -> export.volumeId().equals(id)))
                .forEach(id -> missing.add("volume " + id));
        wantedVms.stream()
                .filter(id -> served.stream().noneMatch(export -> id.equals(export.vmId())))
                .forEach(id -> missing.add("VM " + id));
        if (!missing.isEmpty()) {
            throw new HoldfastException(
                    RunError.PART_NOT_IN_CHECKPOINT,
                    "the session of protection group %s does not have %s at its point"
                            .formatted(pg, String.join(", ", missing)));
        }
        return new OpenSession(session.id(), served);
    }

    private static Set<String> texts(Collection<?> ids) {
        return ids.stream().map(Object::toString).collect(Collectors.toSet());
    }
}
