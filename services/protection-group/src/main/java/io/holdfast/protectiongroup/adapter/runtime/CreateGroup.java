package io.holdfast.protectiongroup.adapter.runtime;

import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.protectiongroup.objective.Objectives;
import java.util.List;

/** The order to create a group; what it holds has been read, not judged. */
public record CreateGroup(String name, List<VmId> vms, Objectives objectives, List<VolumeId> excluded) {
    public CreateGroup {
        vms = List.copyOf(vms);
        excluded = List.copyOf(excluded);
    }
}
