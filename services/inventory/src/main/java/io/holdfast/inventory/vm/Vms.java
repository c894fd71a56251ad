package io.holdfast.inventory.vm;

import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where VMs and their volumes are kept. All calls belong to the caller's transaction. */
public interface Vms {
    Optional<Vm> find(VmId id);

    /** The VM that waits for this command. */
    Optional<Vm> findByCommand(CommandId command);

    List<Vm> onHost(HostId host);

    /** VMs that wait for an answer which was due before the instant, at most {@code limit}. */
    List<Vm> overdue(Instant before, int limit);

    /** In the order of id, behind {@code after}, at most {@code limit}. */
    List<Vm> list(Optional<HostId> onHost, Optional<VmId> after, int limit);

    /** Volumes with the VM they belong to, in the order of volume id. */
    List<Owned> listVolumes(Optional<VolumeId> after, int limit);

    record Owned(VmId vm, HostId host, Volume volume) {}

    Optional<Owned> findVolume(VolumeId id);

    /** Which VM each of these volumes belongs to; volumes that nobody knows are left out. */
    Map<VolumeId, VmId> owners(Collection<VolumeId> volumes);

    /** A backing among these that a VM of the host, other than a rejected one, has already. */
    Optional<String> backingInUse(HostId host, Collection<String> backings);

    long howMany();

    void save(Vm vm);

    void delete(VmId id);
}
