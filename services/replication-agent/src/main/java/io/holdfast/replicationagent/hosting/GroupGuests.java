package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.quiesce.Guest;
import io.holdfast.replicationagent.quiesce.GuestHooks;
import io.holdfast.replicationagent.stream.ReplicationStream;
import io.holdfast.replicationagent.stream.StreamVolume;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The guests of a group on this host: every machine of which at least one disk is replicated in the group's stream. Threads: any. */
public final class GroupGuests {
    private final ServedMachines machines;
    private final Replication replication;
    private final Map<VmId, GuestHooks> hooks;

    public GroupGuests(ServedMachines machines, Replication replication, Map<VmId, GuestHooks> hooks) {
        this.machines = machines;
        this.replication = replication;
        this.hooks = Map.copyOf(hooks);
    }

    /** Empty when nothing of the group is replicated from here. */
    public Optional<List<Guest>> of(PgId pg) {
        return replication.stream(pg).map(this::guests).filter(guests -> !guests.isEmpty());
    }

    private List<Guest> guests(ReplicationStream stream) {
        Set<VolumeId> members = stream.volumes().stream()
                .map(StreamVolume::volume)
                .map(Volume::id)
                .collect(Collectors.toSet());
        return machines.machines().stream()
                .map(Exports.HostedVm::attachment)
                .filter(vm -> vm.volumes().stream().anyMatch(volume -> members.contains(volume.id())))
                .map(this::guest)
                .toList();
    }

    private Guest guest(VmAttachment vm) {
        Optional<Path> socket =
                vm.guestAgentSocket().isEmpty() ? Optional.empty() : Optional.of(Path.of(vm.guestAgentSocket()));
        return new Guest(vm.id(), vm.name(), socket, hooks.getOrDefault(vm.id(), GuestHooks.NONE));
    }
}
