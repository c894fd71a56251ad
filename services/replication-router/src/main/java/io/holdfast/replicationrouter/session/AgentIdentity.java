package io.holdfast.replicationrouter.session;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.SiteId;
import java.util.Objects;

/** Who a certificate says the agent is: {@code spiffe://holdfast/site/<site id>/agent/<agent id>}. */
public record AgentIdentity(SiteId site, AgentId agent) {
    public AgentIdentity {
        Objects.requireNonNull(site, "site");
        Objects.requireNonNull(agent, "agent");
    }

    @Override
    public String toString() {
        return "spiffe://holdfast/site/" + site + "/agent/" + agent;
    }
}
