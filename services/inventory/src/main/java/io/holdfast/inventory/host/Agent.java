package io.holdfast.inventory.host;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * The agent of a host.
 *
 * @param site as its certificate says; empty until a session was opened
 * @param host empty until it reported
 * @param lastRejection why a router last refused it; it may be connected since
 */
public record Agent(
        AgentId id,
        Optional<SiteId> site,
        Optional<HostId> host,
        String softwareVersion,
        AgentLink link,
        Optional<Rejection> lastRejection) {
    /** A refused session. The code is the router's, such as AGENT_ALREADY_CONNECTED. */
    public record Rejection(String code, String message, Instant at) {
        public Rejection {
            Objects.requireNonNull(code, "code");
            Objects.requireNonNull(message, "message");
            Objects.requireNonNull(at, "at");
        }
    }

    static Agent unknown(AgentId id) {
        return new Agent(id, Optional.empty(), Optional.empty(), "", new AgentLink.NeverSeen(), Optional.empty());
    }

    Agent with(AgentLink changed) {
        return new Agent(id, site, host, softwareVersion, changed, lastRejection);
    }

    Agent at(SiteId where, Optional<HostId> on, String version) {
        return new Agent(id, Optional.of(where), on, version, link, lastRejection);
    }

    Agent on(HostId machine, String version) {
        return new Agent(id, site, Optional.of(machine), version, link, lastRejection);
    }

    Agent rejected(Rejection rejection) {
        boolean newer = lastRejection.isEmpty()
                || rejection.at().isAfter(lastRejection.get().at());
        return newer ? new Agent(id, site, host, softwareVersion, link, Optional.of(rejection)) : this;
    }
}
