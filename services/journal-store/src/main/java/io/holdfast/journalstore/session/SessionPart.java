package io.holdfast.journalstore.session;

import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.util.Set;

/**
 * What a session serves when it does not serve the whole group. Whoever only needs one disk is not told of the others, and cannot reach them through the session.
 *
 * @param vms with all their volumes
 * @param volumes besides
 */
public record SessionPart(Set<VmId> vms, Set<VolumeId> volumes) {
    public SessionPart {
        vms = Set.copyOf(vms);
        volumes = Set.copyOf(volumes);
    }

    public boolean has(VolumeId volume, VmId vm) {
        return volumes.contains(volume) || vms.contains(vm);
    }
}
