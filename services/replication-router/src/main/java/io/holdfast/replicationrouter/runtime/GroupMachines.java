package io.holdfast.replicationrouter.runtime;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.CheckpointMachine;
import io.holdfast.proto.v1.VmReport;
import io.holdfast.replicationrouter.policy.GroupPolicy;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The machines of a group as their agents see them now, for the checkpoint that is being written (F14). They come from the
 * agents' own sessions, so that a checkpoint has them also while the control plane is down.
 */
final class GroupMachines {
    private GroupMachines() {}

    /** Sorted by id. A machine belongs to the group when one of its volumes does; on the loop only. */
    static List<CheckpointMachine> of(GroupPolicy policy, RouterContext context) {
        return policy.volumesByAgent().entrySet().stream()
                .flatMap(host -> {
                    Set<String> volumes = host.getValue().stream()
                            .map(VolumeId::toString)
                            .collect(Collectors.toCollection(HashSet::new));
                    return context.liveSession(host.getKey()).stream()
                            .flatMap(session -> session.machines().stream())
                            .filter(vm -> vm.getVolumesList().stream()
                                    .anyMatch(volume -> volumes.contains(volume.getVolumeId())));
                })
                .sorted(Comparator.comparing(VmReport::getVmId))
                .map(GroupMachines::machine)
                .toList();
    }

    private static CheckpointMachine machine(VmReport vm) {
        return CheckpointMachine.newBuilder()
                .setVmId(vm.getVmId())
                .setName(vm.getName())
                .setSpec(vm.getMachine())
                .build();
    }
}
