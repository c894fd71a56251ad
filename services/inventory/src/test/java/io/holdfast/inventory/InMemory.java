package io.holdfast.inventory;

import io.holdfast.inventory.host.Agent;
import io.holdfast.inventory.host.Agents;
import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.HostAnnouncements;
import io.holdfast.inventory.host.HostBook;
import io.holdfast.inventory.host.Hosts;
import io.holdfast.inventory.site.Site;
import io.holdfast.inventory.site.SiteBook;
import io.holdfast.inventory.site.Sites;
import io.holdfast.inventory.vm.AttachOrder;
import io.holdfast.inventory.vm.Attachment;
import io.holdfast.inventory.vm.Vm;
import io.holdfast.inventory.vm.VmAnnouncements;
import io.holdfast.inventory.vm.VmBook;
import io.holdfast.inventory.vm.Vms;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The features with stores in memory, a clock that stands still, and everything that was told, as text. */
public final class InMemory {
    public final Map<SiteId, Site> sites = new LinkedHashMap<>();
    public final Map<HostId, Host> hosts = new LinkedHashMap<>();
    public final Map<HostId, HostId> aliases = new HashMap<>();
    public final Map<AgentId, Agent> agents = new LinkedHashMap<>();
    public final Map<VmId, Vm> vms = new LinkedHashMap<>();
    public final List<String> told = new ArrayList<>();
    public Instant now = Instant.parse("2026-01-01T00:00:00Z");
    public CommandId lastCommand;

    public final SiteBook siteBook = new SiteBook(new SiteTable());
    public final HostBook hostBook = new HostBook(new HostTable(), new AgentTable(), siteBook, new Told());
    public final VmBook vmBook = new VmBook(
            new VmTable(),
            new HostTable(),
            new AgentTable(),
            new Told(),
            new StandingClock(),
            new VmBook.Limits(Duration.ofMinutes(2), 3));

    /** What was told since the last call. */
    public List<String> tellings() {
        var copy = List.copyOf(told);
        told.clear();
        return copy;
    }

    private final class StandingClock extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private final class SiteTable implements Sites {
        @Override
        public Optional<Site> find(SiteId id) {
            return Optional.ofNullable(sites.get(id));
        }

        @Override
        public List<Site> list(Optional<SiteId> after, int limit) {
            return List.copyOf(sites.values());
        }

        @Override
        public void save(Site site) {
            sites.put(site.id(), site);
        }
    }

    private final class HostTable implements Hosts {
        @Override
        public Optional<Host> find(HostId id) {
            return Optional.ofNullable(hosts.get(aliases.getOrDefault(id, id)));
        }

        @Override
        public Optional<Host> findByHardware(String uuid) {
            return hosts.values().stream()
                    .filter(host -> host.hardwareUuid().equals(Optional.of(uuid)))
                    .findFirst();
        }

        @Override
        public List<Host> list(Optional<HostId> after, int limit) {
            return List.copyOf(hosts.values());
        }

        @Override
        public void save(Host host) {
            hosts.put(host.id(), host);
        }

        @Override
        public void alsoKnownAs(HostId host, HostId reported) {
            aliases.put(reported, host);
        }
    }

    private final class AgentTable implements Agents {
        @Override
        public Optional<Agent> find(AgentId id) {
            return Optional.ofNullable(agents.get(id));
        }

        @Override
        public List<Agent> list(Optional<AgentId> after, int limit) {
            return List.copyOf(agents.values());
        }

        @Override
        public void save(Agent agent) {
            agents.put(agent.id(), agent);
        }
    }

    private final class VmTable implements Vms {
        @Override
        public Optional<Vm> find(VmId id) {
            return Optional.ofNullable(vms.get(id));
        }

        @Override
        public Optional<Vm> findByCommand(CommandId command) {
            return vms.values().stream()
                    .filter(vm -> switch (vm.attachment()) {
                        case Attachment.Requested requested ->
                            requested.command().equals(command);
                        case Attachment.Detaching detaching ->
                            detaching.command().equals(command);
                        case Attachment.Attached _, Attachment.Rejected _, Attachment.Missing _ -> false;
                    })
                    .findFirst();
        }

        @Override
        public List<Vm> onHost(HostId host) {
            return vms.values().stream().filter(vm -> vm.host().equals(host)).toList();
        }

        @Override
        public List<Vm> overdue(Instant before, int limit) {
            return vms.values().stream()
                    .filter(vm -> vm.answerDueBy().filter(before::isAfter).isPresent())
                    .limit(limit)
                    .toList();
        }

        @Override
        public List<Vm> list(Optional<HostId> onHost, Optional<VmId> after, int limit) {
            return List.copyOf(vms.values());
        }

        @Override
        public List<Owned> listVolumes(Optional<VolumeId> after, int limit) {
            return vms.values().stream()
                    .flatMap(vm -> vm.volumes().stream().map(volume -> new Owned(vm.id(), vm.host(), volume)))
                    .toList();
        }

        @Override
        public Optional<Owned> findVolume(VolumeId id) {
            return listVolumes(Optional.empty(), Integer.MAX_VALUE).stream()
                    .filter(owned -> owned.volume().id().equals(id))
                    .findFirst();
        }

        @Override
        public Map<VolumeId, VmId> owners(Collection<VolumeId> volumes) {
            var owners = new HashMap<VolumeId, VmId>();
            volumes.forEach(id -> findVolume(id).ifPresent(owned -> owners.put(id, owned.vm())));
            return owners;
        }

        @Override
        public Optional<String> backingInUse(HostId host, Collection<String> backings) {
            return onHost(host).stream()
                    .filter(vm -> !(vm.attachment() instanceof Attachment.Rejected))
                    .flatMap(vm -> vm.volumes().stream())
                    .map(volume -> volume.backing())
                    .filter(backings::contains)
                    .findFirst();
        }

        @Override
        public long howMany() {
            return vms.size();
        }

        @Override
        public void save(Vm vm) {
            vms.put(vm.id(), vm);
        }

        @Override
        public void delete(VmId id) {
            vms.remove(id);
        }
    }

    private final class Told implements HostAnnouncements, VmAnnouncements {
        @Override
        public void announce(Host host, Optional<Agent> agent) {
            told.add("host %s %s"
                    .formatted(
                            host.name(),
                            agent.map(one -> one.link().connected() ? "connected" : "disconnected")
                                    .orElse("without agent")));
        }

        @Override
        public void announce(Vm vm, Host host) {
            told.add("vm %s #%d".formatted(vm.name(), vm.revision()));
        }

        @Override
        public void gone(VmId vm) {
            told.add("vm gone");
        }

        @Override
        public void orderAttach(
                CommandId command, AgentId agent, AttachOrder order, Instant issuedAt, Instant expiresAt) {
            lastCommand = command;
            told.add("attach " + order.vm().name() + " within " + Duration.between(issuedAt, expiresAt));
        }

        @Override
        public void orderDetach(CommandId command, AgentId agent, VmId vm, Instant issuedAt, Instant expiresAt) {
            lastCommand = command;
            told.add("detach");
        }
    }
}
