package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.Hosting;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "Host")
@Table(name = "host")
class HostEntity {
    @Id
    UUID id;

    String name;

    @Column(name = "hardware_uuid")
    String hardwareUuid;

    @Column(name = "agent_id")
    UUID agentId;

    @Column(name = "site_id")
    UUID siteId;

    @Column(name = "nbd_address")
    String nbdAddress;

    @Column(name = "memory_bytes")
    long memoryBytes;

    @Column(name = "cpu_count")
    int cpuCount;

    @Column(name = "software_version")
    String softwareVersion;

    String hosting;

    @Column(name = "reported_at")
    Instant reportedAt;

    long revision;

    @Version
    int version;

    Host toDomain() {
        return new Host(
                new HostId(id),
                name,
                Optional.ofNullable(hardwareUuid),
                Optional.ofNullable(agentId).map(AgentId::new),
                Optional.ofNullable(siteId).map(SiteId::new),
                nbdAddress,
                memoryBytes,
                cpuCount,
                softwareVersion,
                Optional.ofNullable(hosting).map(StoredJson::hosting).orElse(Hosting.NONE),
                Optional.ofNullable(reportedAt),
                revision);
    }

    void take(Host host) {
        id = host.id().value();
        name = host.name();
        hardwareUuid = host.hardwareUuid().orElse(null);
        agentId = host.agent().map(AgentId::value).orElse(null);
        siteId = host.site().map(SiteId::value).orElse(null);
        nbdAddress = host.nbdAddress();
        memoryBytes = host.memoryBytes();
        cpuCount = host.cpuCount();
        softwareVersion = host.softwareVersion();
        hosting = StoredJson.write(host.hosting());
        reportedAt = host.reportedAt().orElse(null);
        revision = host.revision();
    }
}
