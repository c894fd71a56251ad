package io.holdfast.recoveryplan.ownership;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import java.util.Optional;

/**
 * A VM whose ownership a run has taken.
 *
 * @param agent of its source; empty if nobody knows one
 * @param epoch of the ownership; a source that has made a fence of this epoch writes no more
 */
public record OwnedVm(VmId vmId, Optional<AgentId> agent, long epoch) {
    public OwnedVm {
        agent = agent == null ? Optional.empty() : agent;
    }
}
