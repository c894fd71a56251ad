package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import java.util.UUID;

/**
 * Who this agent is.
 *
 * @param instance new at every start of the process, so that routers tell a restart from a second agent with the same identity
 */
public record AgentIdentity(
        SiteId site, AgentId agent, HostId host, String hostName, String softwareVersion, UUID instance) {}
