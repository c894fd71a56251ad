package io.holdfast.replicationrouter.policy;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;

/**
 * Which place may run a machine, as its group's policy says (docs/ownership.md). The router only passes it on.
 *
 * @param agent captures the machine
 * @param epoch 1 or more; the highest one counts
 * @param recovered whether the site that recovered it owns it
 * @param owner for people; empty = the source
 * @param runId the run that moved it; empty = a person
 */
public record VmOwner(
        AgentId agent, VmId vm, long epoch, boolean recovered, String owner, long sinceMicros, String runId) {}
