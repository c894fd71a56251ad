package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import java.util.Optional;

/**
 * A VM of a protection group as it was known when the run was ordered.
 *
 * @param name a label
 * @param agent of the host that it runs on; empty if no event has named one
 */
public record OrderedVm(VmId id, String name, Optional<AgentId> agent) {
    public OrderedVm {
        // A run that was stored before agents were known has none.
        agent = agent == null ? Optional.empty() : agent;
    }

    public OrderedVm(VmId id, String name) {
        this(id, name, Optional.empty());
    }
}
