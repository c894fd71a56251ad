package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.host.Agent;
import io.holdfast.inventory.host.AgentLink;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "Agent")
@Table(name = "agent")
class AgentEntity {
    enum Link {
        NEVER_SEEN,
        CONNECTED,
        DISCONNECTED
    }

    @Id
    UUID id;

    @Column(name = "site_id")
    UUID siteId;

    @Column(name = "host_id")
    UUID hostId;

    @Column(name = "software_version")
    String softwareVersion;

    @Enumerated(EnumType.STRING)
    Link link;

    @Column(name = "link_since")
    Instant linkSince;

    @Column(name = "instance_id")
    String instanceId;

    @Column(name = "router_id")
    String routerId;

    @Column(name = "disconnect_reason")
    String disconnectReason;

    @Column(name = "rejection_code")
    String rejectionCode;

    @Column(name = "rejection_message")
    String rejectionMessage;

    @Column(name = "rejected_at")
    Instant rejectedAt;

    @Version
    int version;

    Agent toDomain() {
        AgentLink domainLink =
                switch (link) {
                    case NEVER_SEEN -> new AgentLink.NeverSeen();
                    case CONNECTED -> new AgentLink.Connected(linkSince, instanceId, routerId);
                    case DISCONNECTED -> new AgentLink.Disconnected(linkSince, disconnectReason);
                };
        return new Agent(
                new AgentId(id),
                Optional.ofNullable(siteId).map(SiteId::new),
                Optional.ofNullable(hostId).map(HostId::new),
                softwareVersion,
                domainLink,
                Optional.ofNullable(rejectedAt).map(at -> new Agent.Rejection(rejectionCode, rejectionMessage, at)));
    }

    void take(Agent agent) {
        id = agent.id().value();
        siteId = agent.site().map(SiteId::value).orElse(null);
        hostId = agent.host().map(HostId::value).orElse(null);
        softwareVersion = agent.softwareVersion();
        linkSince = null;
        instanceId = null;
        routerId = null;
        disconnectReason = null;
        switch (agent.link()) {
            case AgentLink.NeverSeen _ -> link = Link.NEVER_SEEN;
            case AgentLink.Connected connected -> {
                link = Link.CONNECTED;
                linkSince = connected.since();
                instanceId = connected.instance();
                routerId = connected.router();
            }
            case AgentLink.Disconnected disconnected -> {
                link = Link.DISCONNECTED;
                linkSince = disconnected.since();
                disconnectReason = disconnected.reason();
            }
        }
        rejectionCode = agent.lastRejection().map(Agent.Rejection::code).orElse(null);
        rejectionMessage = agent.lastRejection().map(Agent.Rejection::message).orElse(null);
        rejectedAt = agent.lastRejection().map(Agent.Rejection::at).orElse(null);
    }
}
