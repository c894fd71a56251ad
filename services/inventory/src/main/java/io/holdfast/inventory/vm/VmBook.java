package io.holdfast.inventory.vm;

import io.holdfast.inventory.host.Agents;
import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.HostError;
import io.holdfast.inventory.host.Hosts;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Attaches and detaches VMs, and follows what agents report of them. Calls belong to the caller's transaction; each loads,
 * decides with {@link Vm}, saves what has changed and tells it.
 */
public final class VmBook {
    /** How long after its expiry a command is taken for unanswered: the router's own report of it comes first. */
    private static final Duration ANSWER_GRACE = Duration.ofSeconds(30);

    private static final int OVERDUE_AT_ONCE = 100;

    private final Vms vms;
    private final Hosts hosts;
    private final Agents agents;
    private final VmAnnouncements announcements;
    private final Clock clock;
    private final Limits limits;

    /**
     * @param commandLifetime how long an agent may take to get a command
     * @param maxVms how many VMs this inventory takes
     */
    public record Limits(Duration commandLifetime, long maxVms) {}

    /**
     * A VM that somebody asks for.
     *
     * @param id which it has at another site, or had here before it was detached; empty = made here
     * @param machine besides the disks, which are filled in when it is taken
     */
    public record WantedVm(
            Optional<VmId> id,
            HostId host,
            String name,
            List<WantedVolume> volumes,
            WantedCapture capture,
            Optional<MachineSpec> machine) {}

    /**
     * A volume that somebody asks for.
     *
     * @param id which it has at another site, or had here before; empty = made here
     * @param format of the backing, as QEMU names it
     * @param qemuNode block node or device in the running QEMU; empty for INLINE
     * @param bus of the disk in the machine: virtio, scsi or sata
     * @param serial of the disk in the machine; empty = none
     */
    public record WantedVolume(
            Optional<VolumeId> id,
            String name,
            String backing,
            String format,
            String qemuNode,
            String bus,
            String serial) {
        /** A raw one, served inline. */
        public WantedVolume(String name, String backing) {
            this(Optional.empty(), name, backing, "raw", "", "virtio", "");
        }
    }

    public VmBook(Vms vms, Hosts hosts, Agents agents, VmAnnouncements announcements, Clock clock, Limits limits) {
        this.vms = vms;
        this.hosts = hosts;
        this.agents = agents;
        this.announcements = announcements;
        this.clock = clock;
        this.limits = limits;
    }

    /**
     * Orders the host's agent to serve a VM's disks.
     *
     * @throws HoldfastException {@code UNKNOWN_HOST}, {@code HOST_HAS_NO_AGENT}, {@code ID_IN_USE}, {@code BACKING_IN_USE}, {@code TOO_MANY_VMS}
     */
    public Vm request(WantedVm order) {
        List<WantedVolume> wanted = order.volumes();
        WantedCapture capture = order.capture();
        Host host = hosts.find(order.host())
                .orElseThrow(() -> new HoldfastException(VmError.UNKNOWN_HOST, "there is no host " + order.host()));
        AgentId agent = agentOf(host);
        if (vms.howMany() >= limits.maxVms()) {
            throw new HoldfastException(
                    VmError.TOO_MANY_VMS,
                    "this inventory takes %d VMs; holdfast.inventory.max-vms raises that".formatted(limits.maxVms()));
        }
        requireFree(order);
        vms.backingInUse(host.id(), wanted.stream().map(WantedVolume::backing).toList())
                .ifPresent(backing -> {
                    throw new HoldfastException(
                            VmError.BACKING_IN_USE, "'%s' is a volume of another VM of this host".formatted(backing));
                });
        Instant now = now();
        Instant expiresAt = now.plus(limits.commandLifetime());
        var command = CommandId.random();
        List<Volume> volumes = wanted.stream()
                .map(volume -> Volume.requested(
                        volume.id().orElseGet(VolumeId::random), volume.name(), volume.backing(), capture.mode()))
                .toList();
        var attachment = new Attachment.Requested(command, now, expiresAt);
        Optional<MachineSpec> spec = order.machine().map(one -> one.with(disks(volumes, wanted)));
        var vm = new Vm(order.id().orElseGet(VmId::random), order.name(), "", host.id(), attachment, volumes, spec, 0);
        vms.save(vm);
        announcements.orderAttach(command, agent, new AttachOrder(vm, wanted, capture, spec), now, expiresAt);
        return vm;
    }

    /** Two VMs under one id would share an ownership and a history. */
    private void requireFree(WantedVm order) {
        order.id().filter(id -> vms.find(id).isPresent()).ifPresent(id -> {
            throw new HoldfastException(
                    VmError.ID_IN_USE, "VM %s is in the inventory; detach it first to attach it anew".formatted(id));
        });
        List<VolumeId> ids =
                order.volumes().stream().flatMap(volume -> volume.id().stream()).toList();
        Set<VolumeId> once = new HashSet<>();
        ids.stream().filter(id -> !once.add(id)).findFirst().ifPresent(id -> {
            throw new HoldfastException(VmError.ID_IN_USE, "volume %s is named twice".formatted(id));
        });
        vms.owners(ids).forEach((volume, owner) -> {
            throw new HoldfastException(
                    VmError.ID_IN_USE, "volume %s belongs to VM %s of the inventory".formatted(volume, owner));
        });
    }

    private static List<MachineSpec.Disk> disks(List<Volume> volumes, List<WantedVolume> wanted) {
        return IntStream.range(0, volumes.size())
                .mapToObj(i -> new MachineSpec.Disk(
                        volumes.get(i).id(), wanted.get(i).bus(), wanted.get(i).serial()))
                .toList();
    }

    /**
     * Orders the agent to serve the VM no more, or removes it at once when no agent can serve it.
     *
     * <p>Whether a protection group still uses it is not checked here: inventory does not read that in this version.
     *
     * @return the VM on its way out; empty = it is gone
     * @throws HoldfastException {@code VM_NOT_FOUND}, {@code HOST_HAS_NO_AGENT}
     */
    public Optional<Vm> detach(VmId id) {
        return detach(get(id));
    }

    /**
     * Removes a VM whose agent is gone for good, and cannot be told.
     *
     * @throws HoldfastException {@code VM_NOT_FOUND}, {@code AGENT_CONNECTED}
     */
    public void abandon(VmId id) {
        Vm vm = get(id);
        hostOf(vm)
                .agent()
                .flatMap(agents::find)
                .filter(agent -> agent.link().connected())
                .ifPresent(agent -> {
                    throw new HoldfastException(
                            VmError.AGENT_CONNECTED,
                            "agent %s, which may serve vm %s, is connected; detach the VM in order"
                                    .formatted(agent.id(), id));
                });
        remove(vm);
    }

    private Optional<Vm> detach(Vm vm) {
        VmId id = vm.id();
        if (!vm.mayBeServed()) {
            remove(vm);
            return Optional.empty();
        }
        if (vm.attachment() instanceof Attachment.Detaching) {
            return Optional.of(vm);
        }
        Host host = hostOf(vm);
        Instant now = now();
        Instant expiresAt = now.plus(limits.commandLifetime());
        var command = CommandId.random();
        Vm leaving = vm.detaching(command, now, expiresAt);
        keep(vm, leaving, host);
        announcements.orderDetach(command, agentOf(host), id, now, expiresAt);
        return Optional.of(leaving);
    }

    /** Takes the whole of what a host's agent serves. */
    public void reported(Host host, List<Vm.Report> reports, Instant at) {
        reported(host, reports, at, false);
    }

    /**
     * Takes the whole of what a relay offers. A VM that somebody else has stays there: two sources of one volume would take turns. It is taken when it
     * is free, with a later offer.
     */
    public void offered(Host host, List<Vm.Report> offers, Instant at) {
        reported(host, offers, at, true);
    }

    private void reported(Host host, List<Vm.Report> reports, Instant at, boolean offered) {
        Map<VmId, Vm.Report> byId = distinct(reports);
        Map<VmId, Vm> known = new LinkedHashMap<>();
        vms.onHost(host.id()).forEach(vm -> known.put(vm.id(), vm));
        for (Vm.Report report : byId.values()) {
            refuseVolumesOfOthers(report);
            Optional<Vm> before = Optional.ofNullable(known.remove(report.id())).or(() -> vms.find(report.id()));
            if (offered && before.filter(vm -> vm.isAnothers(host.id())).isPresent()) {
                continue;
            }
            if (before.isPresent()) {
                keep(before.get(), before.get().reported(host.id(), report, at), host);
            } else {
                keepNew(Vm.discovered(host.id(), report, at), host);
            }
        }
        for (Vm vm : known.values()) {
            vm.absent(at).ifPresentOrElse(after -> keep(vm, after, host), () -> remove(vm));
        }
    }

    /** Another agent or site is responsible for the host: its VMs say so too. */
    public void hostChanged(Host host) {
        for (Vm vm : vms.onHost(host.id())) {
            if (vm.worthTelling()) {
                keepNew(vm, host);
            }
        }
    }

    /** An agent, or a router for it, answered a command; of commands of other services nothing is known here. */
    public void answered(CommandId command, Optional<Attachment.Failure> failure, Instant at) {
        vms.findByCommand(command).ifPresent(vm -> vm.answered(command, failure, at)
                .ifPresentOrElse(after -> keep(vm, after, hostOf(vm)), () -> remove(vm)));
    }

    /** Ends the waiting for answers that will not come, as when no router runs at all. */
    public void giveUpOverdue() {
        Instant now = now();
        var nobody = new Attachment.Failure(
                Attachment.Failure.COMMAND_EXPIRED,
                "no answer, or no report of it, came within the command's time; is the agent connected?");
        for (Vm vm : vms.overdue(now.minus(ANSWER_GRACE), OVERDUE_AT_ONCE)) {
            vm.pendingCommand().ifPresent(command -> answered(command, Optional.of(nobody), now));
        }
    }

    /** @throws HoldfastException {@code VM_NOT_FOUND} */
    public Vm get(VmId id) {
        return vms.find(id).orElseThrow(() -> new HoldfastException(VmError.VM_NOT_FOUND, "there is no vm " + id));
    }

    private void keep(Vm before, Vm after, Host host) {
        if (!after.equals(before)) {
            keepNew(after, host);
        }
    }

    private void keepNew(Vm vm, Host host) {
        Vm kept = vm.worthTelling() ? vm.withRevision(vm.revision() + 1) : vm;
        vms.save(kept);
        if (kept.worthTelling()) {
            announcements.announce(kept, host);
        }
    }

    private void remove(Vm vm) {
        vms.delete(vm.id());
        if (vm.revision() > 0) {
            announcements.gone(vm.id());
        }
    }

    private Host hostOf(Vm vm) {
        return hosts.find(vm.host())
                .orElseThrow(
                        () -> new IllegalStateException("vm %s is on a host that does not exist".formatted(vm.id())));
    }

    private static AgentId agentOf(Host host) {
        return host.agent()
                .orElseThrow(() -> new HoldfastException(
                        HostError.HOST_HAS_NO_AGENT, "no agent has reported from host %s yet".formatted(host.id())));
    }

    private static Map<VmId, Vm.Report> distinct(List<Vm.Report> reports) {
        var byId = new LinkedHashMap<VmId, Vm.Report>();
        var volumes = new HashSet<VolumeId>();
        for (Vm.Report report : reports) {
            boolean twice = byId.put(report.id(), report) != null;
            for (Volume volume : report.volumes()) {
                twice |= !volumes.add(volume.id());
            }
            if (twice) {
                throw new HoldfastException(
                        VmError.REPORT_CONTRADICTS,
                        "the report has vm %s or one of its volumes twice".formatted(report.id()));
            }
        }
        return byId;
    }

    private void refuseVolumesOfOthers(Vm.Report report) {
        vms.owners(report.volumes().stream().map(Volume::id).toList()).forEach((volume, owner) -> {
            if (!owner.equals(report.id())) {
                throw new HoldfastException(
                        VmError.REPORT_CONTRADICTS,
                        "volume %s is reported for vm %s and belongs to vm %s".formatted(volume, report.id(), owner));
            }
        });
    }

    /** What the database keeps: comparing a state with itself read back must find no difference. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
