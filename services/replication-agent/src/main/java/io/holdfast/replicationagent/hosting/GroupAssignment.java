package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.kernel.rate.TransferRules;
import java.util.Set;

/** What a router wants replicated of one group on this host. */
public record GroupAssignment(PgId pg, Set<VolumeId> volumes, boolean paused, TransferRules transfer) {
    public GroupAssignment {
        volumes = Set.copyOf(volumes);
    }
}
