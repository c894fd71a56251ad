package io.holdfast.inventory.host;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import java.time.Instant;
import java.util.Optional;

/**
 * A machine that runs VMs.
 *
 * @param id kept for good, also when the machine comes back under another reported id (F1)
 * @param name a label
 * @param hardwareUuid empty = the host does not say, or says one that many machines share
 * @param agent the agent that reported last
 * @param site of that agent; empty until one of its sessions was opened
 * @param nbdAddress host:port at which guests reach the agent; empty text until reported
 * @param hosting as reported last
 * @param reportedAt time of the newest report that counts; older ones are ignored
 * @param revision of the published state; 0 = not published yet
 */
public record Host(
        HostId id,
        String name,
        Optional<String> hardwareUuid,
        Optional<AgentId> agent,
        Optional<SiteId> site,
        String nbdAddress,
        long memoryBytes,
        int cpuCount,
        String softwareVersion,
        Hosting hosting,
        Optional<Instant> reportedAt,
        long revision) {
    static Host unknown(HostId id, String name) {
        return new Host(
                id,
                name,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "",
                0,
                0,
                "",
                Hosting.NONE,
                Optional.empty(),
                0);
    }

    Host servedBy(AgentId by, Optional<SiteId> where) {
        return new Host(
                id,
                name,
                hardwareUuid,
                Optional.of(by),
                where.or(() -> site),
                nbdAddress,
                memoryBytes,
                cpuCount,
                softwareVersion,
                hosting,
                reportedAt,
                revision);
    }

    Host reported(HostReport report, Instant at) {
        return new Host(
                id,
                report.name(),
                report.hardwareUuid().or(() -> hardwareUuid),
                agent,
                site,
                report.nbdAddress(),
                report.memoryBytes(),
                report.cpuCount(),
                report.softwareVersion(),
                report.hosting(),
                Optional.of(at),
                revision);
    }

    Host withRevision(long next) {
        return new Host(
                id,
                name,
                hardwareUuid,
                agent,
                site,
                nbdAddress,
                memoryBytes,
                cpuCount,
                softwareVersion,
                hosting,
                reportedAt,
                next);
    }

    boolean knowsNewerThan(Instant at) {
        return reportedAt.isPresent() && reportedAt.get().isAfter(at);
    }
}
