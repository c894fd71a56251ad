package io.holdfast.inventory.host;

import io.holdfast.inventory.site.SiteBook;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import java.time.Instant;
import java.util.Optional;

/**
 * Keeps hosts and agents as agents' events tell. Calls belong to the caller's transaction.
 *
 * <p>Identity of a host, in this order (F1, F12; names are labels):
 *
 * <ol>
 *   <li>an id that it had before, or was known under;
 *   <li>the hardware UUID of a known host: the machine left and came back, the new id becomes an alias;
 *   <li>else it is a new host, and the id it reports is its id for good.
 * </ol>
 *
 * <p>Any event may come twice, late, or in another order; none of that changes what is known.
 */
public final class HostBook {
    private final Hosts hosts;
    private final Agents agents;
    private final SiteBook sites;
    private final HostAnnouncements announcements;

    public HostBook(Hosts hosts, Agents agents, SiteBook sites, HostAnnouncements announcements) {
        this.hosts = hosts;
        this.agents = agents;
        this.sites = sites;
        this.announcements = announcements;
    }

    /** What a router says when an agent's session begins. */
    public record Opened(SiteId site, HostId host, String instance, String router, String softwareVersion) {}

    /**
     * A session has begun. A host that is not known yet is made by the report that follows, not here: only the report has
     * the hardware UUID, by which it may turn out to be a host that is known under another id.
     *
     * @return the host as it is now, when another agent or site is responsible for it: its VMs are told anew
     */
    public Optional<Host> opened(AgentId id, Opened session, Instant at) {
        Agent before = agents.find(id).orElseGet(() -> Agent.unknown(id));
        AgentLink link = before.link().opened(at, session.instance(), session.router());
        if (link.equals(before.link())) {
            return Optional.empty();
        }
        sites.seen(session.site());
        Optional<Host> host = hosts.find(session.host());
        agents.save(before.with(link).at(session.site(), host.map(Host::id), session.softwareVersion()));
        return host.flatMap(known -> keep(known, known.servedBy(id, Optional.of(session.site())), true));
    }

    public void closed(AgentId id, String instance, String router, String reason, Instant at) {
        Agent before = agents.find(id).orElseGet(() -> Agent.unknown(id));
        AgentLink link = before.link().closed(at, instance, router, reason);
        if (link.equals(before.link())) {
            return;
        }
        agents.save(before.with(link));
        before.host()
                .flatMap(hosts::find)
                .filter(host -> host.agent().equals(Optional.of(id)))
                .ifPresent(host -> keep(host, host, true));
    }

    public void rejected(AgentId id, String code, String message, Instant at) {
        Agent before = agents.find(id).orElseGet(() -> Agent.unknown(id));
        agents.save(before.rejected(new Agent.Rejection(code, message, at)));
    }

    /** What a report changed. */
    public sealed interface Reported {
        /** Something newer is known. */
        record Outdated() implements Reported {}

        /** @param responsibilityChanged whether another agent or site is responsible now, so that all its VMs are told anew */
        record Current(Host host, boolean responsibilityChanged) implements Reported {}
    }

    public Reported reported(AgentId id, HostReport report, Instant at) {
        Optional<Host> known = hosts.find(report.id());
        if (known.isEmpty()) {
            known = report.hardwareUuid().flatMap(hosts::findByHardware);
            known.ifPresent(host -> hosts.alsoKnownAs(host.id(), report.id()));
        }
        Host before = known.orElseGet(() -> Host.unknown(report.id(), report.name()));
        if (before.knowsNewerThan(at)) {
            return new Reported.Outdated();
        }
        Agent agent = agents.find(id).orElseGet(() -> Agent.unknown(id));
        agents.save(agent.on(before.id(), report.softwareVersion()));
        // A UUID that another host has already would make two machines one; the id that it reports is what counts then.
        boolean ofAnother = report.hardwareUuid()
                .flatMap(hosts::findByHardware)
                .filter(other -> !other.id().equals(before.id()))
                .isPresent();
        HostReport counted = ofAnother ? withoutHardware(report) : report;
        Host after = before.reported(counted, at).servedBy(id, agent.site());
        boolean otherAgent = keep(before, after, false).isPresent();
        return new Reported.Current(get(before.id()), otherAgent);
    }

    /** @throws HoldfastException {@code HOST_NOT_FOUND} */
    public Host get(HostId id) {
        return hosts.find(id)
                .orElseThrow(() -> new HoldfastException(HostError.HOST_NOT_FOUND, "there is no host " + id));
    }

    /** @throws HoldfastException {@code AGENT_NOT_FOUND} */
    public Agent agent(AgentId id) {
        return agents.find(id)
                .orElseThrow(() -> new HoldfastException(HostError.AGENT_NOT_FOUND, "there is no agent " + id));
    }

    /** The host, when who is responsible for it has changed. */
    private Optional<Host> keep(Host before, Host after, boolean linkChanged) {
        boolean moved = !after.agent().equals(before.agent()) || !after.site().equals(before.site());
        boolean shown = moved
                || linkChanged
                || !after.name().equals(before.name())
                || !after.hosting().equals(before.hosting())
                || before.revision() == 0;
        Host kept = shown ? after.withRevision(before.revision() + 1) : after;
        hosts.save(kept);
        if (shown) {
            announcements.announce(kept, kept.agent().flatMap(agents::find));
        }
        return moved ? Optional.of(kept) : Optional.empty();
    }

    private static HostReport withoutHardware(HostReport report) {
        return new HostReport(
                report.id(),
                report.name(),
                Optional.empty(),
                report.memoryBytes(),
                report.cpuCount(),
                report.softwareVersion(),
                report.nbdAddress(),
                report.hosting());
    }
}
