package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.host.Agent;
import io.holdfast.inventory.host.AgentLink;
import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.Hosting;
import io.holdfast.inventory.site.Site;
import io.holdfast.inventory.vm.Attachment;
import io.holdfast.inventory.vm.CaptureMode;
import io.holdfast.inventory.vm.MachineSpec;
import io.holdfast.inventory.vm.Verdict;
import io.holdfast.inventory.vm.Vm;
import io.holdfast.inventory.vm.Vms;
import io.holdfast.inventory.vm.Volume;
import io.holdfast.kernel.id.Id;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What REST shows (docs/rest-api.md). A field without a value is left out. */
final class Representations {
    private Representations() {}

    @Schema(name = "Site")
    record SiteJson(String id, String name, boolean local) {
        static SiteJson of(Site site) {
            return new SiteJson(site.id().toString(), site.name(), site.local());
        }
    }

    @Schema(name = "Host")
    record HostJson(
            String id,
            String name,
            String hardwareUuid,
            String agentId,
            String siteId,

            @Schema(description = "Left out when no agent has reported from this host")
            Boolean agentConnected,

            Instant agentConnectionChangedAt,
            String nbdAddress,
            long memoryBytes,
            int cpuCount,
            String softwareVersion,

            @Schema(description = "What it can do for recovered machines")
            HostingJson hosting,

            Instant reportedAt) {
        static HostJson of(Host host, Optional<Agent> agent) {
            return new HostJson(
                    host.id().toString(),
                    host.name(),
                    host.hardwareUuid().orElse(null),
                    text(host.agent()),
                    text(host.site()),
                    agent.map(known -> known.link().connected()).orElse(null),
                    agent.map(Agent::link).flatMap(Representations::changedAt).orElse(null),
                    orNull(host.nbdAddress()),
                    host.memoryBytes(),
                    host.cpuCount(),
                    orNull(host.softwareVersion()),
                    HostingJson.of(host.hosting()),
                    host.reportedAt().orElse(null));
        }
    }

    @Schema(name = "MachineHosting")
    record HostingJson(
            @Schema(description = "How it runs machines; empty = not at all")
            List<String> adapters,

            @Schema(description = "Networks that its configuration names")
            List<String> networks,

            long memoryLimitBytes,
            long memoryUsedBytes) {
        static HostingJson of(Hosting hosting) {
            return new HostingJson(
                    hosting.adapters(), hosting.networks(), hosting.memoryLimitBytes(), hosting.memoryUsedBytes());
        }
    }

    @Schema(name = "MachineDisk")
    record MachineDiskJson(String volumeId, String bus, String serial) {}

    @Schema(name = "MachineNic")
    record MachineNicJson(String name, String mac, String model, String network) {}

    @Schema(name = "DirectBoot")
    record DirectBootJson(String kernel, String initrd, String commandLine) {}

    @Schema(name = "MachineSpec")
    record MachineJson(
            int cpuCount,
            long memoryBytes,
            MachineSpec.Firmware firmware,
            String machineType,
            List<MachineDiskJson> disks,
            List<MachineNicJson> nics,
            DirectBootJson directBoot) {
        static MachineJson of(MachineSpec spec) {
            return new MachineJson(
                    spec.cpuCount(),
                    spec.memoryBytes(),
                    spec.firmware(),
                    orNull(spec.machineType()),
                    spec.disks().stream()
                            .map(disk ->
                                    new MachineDiskJson(disk.volume().toString(), disk.bus(), orNull(disk.serial())))
                            .toList(),
                    spec.nics().stream()
                            .map(nic -> new MachineNicJson(nic.name(), nic.mac(), nic.model(), nic.network()))
                            .toList(),
                    spec.directBoot()
                            .map(boot -> new DirectBootJson(boot.kernel(), orNull(boot.initrd()), boot.commandLine()))
                            .orElse(null));
        }
    }

    @Schema(name = "AgentRejection")
    record RejectionJson(String code, String message, Instant at) {}

    @Schema(name = "Agent")
    record AgentJson(
            String id,
            String hostId,
            String siteId,
            boolean connected,
            Instant connectionChangedAt,
            String routerId,

            @Schema(description = "Why it is not connected: the router's stable code")
            String reasonCode,

            String softwareVersion,
            RejectionJson lastRejection) {
        static AgentJson of(Agent agent) {
            return new AgentJson(
                    agent.id().toString(),
                    text(agent.host()),
                    text(agent.site()),
                    agent.link().connected(),
                    changedAt(agent.link()).orElse(null),
                    agent.link() instanceof AgentLink.Connected connected ? connected.router() : null,
                    agent.link() instanceof AgentLink.Disconnected gone ? gone.reason() : null,
                    orNull(agent.softwareVersion()),
                    agent.lastRejection()
                            .map(why -> new RejectionJson(why.code(), why.message(), why.at()))
                            .orElse(null));
        }
    }

    /** {@code DETACHING} stands between ATTACHED and gone. */
    @Schema(name = "VmAttachmentState")
    enum VmStateJson {
        REQUESTED,
        ATTACHED,
        REJECTED,
        MISSING,
        DETACHING
    }

    @Schema(name = "Vm")
    record VmJson(
            String id,
            String name,
            String nativeId,
            String hostId,
            String agentId,
            String siteId,
            VmStateJson state,
            Instant since,

            @Schema(description = "Why REJECTED; for ATTACHED, why the last detach failed")
            String reasonCode,

            String reason,
            List<VolumeJson> volumes,

            @Schema(description = "What it is besides its disks; left out when nobody has said")
            MachineJson machine) {
        static VmJson of(Vm vm, Optional<Host> host) {
            Optional<Attachment.Failure> failure =
                    switch (vm.attachment()) {
                        case Attachment.Rejected rejected -> Optional.of(rejected.failure());
                        case Attachment.Attached attached -> attached.lastFailure();
                        case Attachment.Requested _, Attachment.Missing _, Attachment.Detaching _ -> Optional.empty();
                    };
            return new VmJson(
                    vm.id().toString(),
                    vm.name(),
                    orNull(vm.nativeId()),
                    vm.host().toString(),
                    host.map(Host::agent).map(Representations::text).orElse(null),
                    host.map(Host::site).map(Representations::text).orElse(null),
                    state(vm.attachment()),
                    vm.attachment().since(),
                    failure.map(Attachment.Failure::code).orElse(null),
                    failure.map(Attachment.Failure::reason).orElse(null),
                    vm.volumes().stream()
                            .map(volume -> VolumeJson.of(volume, vm.id().toString(), host))
                            .toList(),
                    vm.machine().map(MachineJson::of).orElse(null));
        }

        private static VmStateJson state(Attachment attachment) {
            return switch (attachment) {
                case Attachment.Requested _ -> VmStateJson.REQUESTED;
                case Attachment.Attached _ -> VmStateJson.ATTACHED;
                case Attachment.Rejected _ -> VmStateJson.REJECTED;
                case Attachment.Missing _ -> VmStateJson.MISSING;
                case Attachment.Detaching _ -> VmStateJson.DETACHING;
            };
        }
    }

    @Schema(name = "Volume")
    record VolumeJson(
            String id,
            String vmId,
            String name,
            String serial,

            @Schema(description = "0 until the agent has reported the volume")
            long sizeBytes,

            String backing,
            String nbdAddress,
            String nbdExport,

            @Schema(
                    description =
                            "How the agent learns of writes; as asked for until the agent has reported the volume")
            CaptureMode capture,

            @Schema(
                    description =
                            "Of a tap: the unbroken time in which it has seen every write, as reported last; another after each gap")
            String captureId,

            boolean protectable,

            @Schema(description = "Why not protectable: stable code")
            String reasonCode,

            String reason) {
        static VolumeJson of(Volume volume, String vmId, Optional<Host> host) {
            Verdict.NotProtectable not = volume.verdict() instanceof Verdict.NotProtectable why ? why : null;
            return new VolumeJson(
                    volume.id().toString(),
                    vmId,
                    volume.name(),
                    orNull(volume.serial()),
                    volume.sizeBytes(),
                    volume.backing(),
                    host.map(Host::nbdAddress).map(Representations::orNull).orElse(null),
                    orNull(volume.nbdExport()),
                    volume.capture(),
                    orNull(volume.captureId()),
                    not == null,
                    not == null ? null : not.code(),
                    not == null ? null : not.reason());
        }

        static VolumeJson of(Vms.Owned owned, Optional<Host> host) {
            return of(owned.volume(), owned.vm().toString(), host);
        }
    }

    private static Optional<Instant> changedAt(AgentLink link) {
        return switch (link) {
            case AgentLink.NeverSeen _ -> Optional.empty();
            case AgentLink.Connected connected -> Optional.of(connected.since());
            case AgentLink.Disconnected disconnected -> Optional.of(disconnected.since());
        };
    }

    private static String text(Optional<? extends Id> id) {
        return id.map(Object::toString).orElse(null);
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
