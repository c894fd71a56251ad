package io.holdfast.replicationagent.adapter.grpc;

import com.google.protobuf.UnsafeByteOperations;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.proto.v1.GuestCommandReport;
import io.holdfast.proto.v1.MachineCaptureDisk;
import io.holdfast.proto.v1.MachineDisk;
import io.holdfast.proto.v1.MachineHosting;
import io.holdfast.proto.v1.MachineLink;
import io.holdfast.proto.v1.MachineNic;
import io.holdfast.proto.v1.MachineReport;
import io.holdfast.proto.v1.MachineScreen;
import io.holdfast.proto.v1.MachinesReport;
import io.holdfast.proto.v1.RunGuestCommand;
import io.holdfast.proto.v1.ScreenMoment;
import io.holdfast.proto.v1.StartMachine;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.HostCapacity;
import io.holdfast.replicationagent.machine.MachineCapture;
import io.holdfast.replicationagent.machine.MachineId;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.Bus;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.MachineView;
import io.holdfast.replicationagent.machine.NbdAddress;
import io.holdfast.replicationagent.machine.NetworkLink;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import io.holdfast.replicationagent.machine.Screen;
import io.holdfast.replicationagent.machine.guest.GuestAddresses;
import io.holdfast.replicationagent.machine.guest.GuestCommand;
import io.holdfast.replicationagent.machine.guest.GuestCommandRecord;
import io.holdfast.replicationagent.machine.guest.GuestCommandState;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Machines as the protocol says them, and back. Stateless. */
final class MachineFrames {
    private MachineFrames() {}

    /** @throws HoldfastException {@code MACHINE_SPEC_INVALID} or {@code INVALID_ID} */
    static MachineOrder order(StartMachine command) {
        Map<VolumeId, NbdAddress> volumes = new HashMap<>();
        command.getVolumesList()
                .forEach(volume ->
                        volumes.put(VolumeId.parse(volume.getVolumeId()), NbdAddress.parse(volume.getNbdUri())));
        Map<String, NetworkLink> links = new HashMap<>();
        command.getLinksList().forEach(link -> links.put(link.getNic(), link(link)));
        if (volumes.size() != command.getVolumesCount() || links.size() != command.getLinksCount()) {
            throw invalid("volumes and links: each disk and each card at most once");
        }
        if (!command.hasSpec()) {
            throw invalid("spec is missing");
        }
        return new MachineOrder(
                new MachineId(command.getMachineId()),
                VmId.parse(command.getVmId()),
                command.getName(),
                RunId.parse(command.getRunId()),
                spec(command.getSpec()),
                volumes,
                links,
                command.getProbesList().stream().map(MachineFrames::probe).toList(),
                command.getExpiresAtMicros(),
                command.getLinksList().stream()
                        .filter(MachineLink::hasGuest)
                        .collect(Collectors.toMap(MachineLink::getNic, link -> addresses(link.getGuest()))));
    }

    private static GuestAddresses addresses(io.holdfast.proto.v1.GuestAddresses guest) {
        return new GuestAddresses(
                guest.getAddressesList().stream()
                        .map(GuestAddresses.Prefixed::parse)
                        .toList(),
                guest.getGatewaysList(),
                guest.getDnsServersList());
    }

    /** @throws HoldfastException {@code COMMAND_MALFORMED} */
    static GuestCommand guestCommand(RunGuestCommand command) {
        return new GuestCommand(
                command.getKey(),
                command.getAttempt(),
                command.getPath(),
                command.getArgumentsList(),
                Duration.ofMillis(Integer.toUnsignedLong(command.getTimeoutMs())),
                command.getAtMostOnce());
    }

    private static GuestCommandReport wire(GuestCommandRecord record) {
        GuestCommandReport.Builder report = GuestCommandReport.newBuilder()
                .setKey(record.command().key())
                .setAttempt(record.command().attempt())
                .setState(io.holdfast.proto.v1.GuestCommandState.GUEST_COMMAND_PENDING);
        if (record.state() instanceof GuestCommandState.Ended ended) {
            report.setState(io.holdfast.proto.v1.GuestCommandState.GUEST_COMMAND_ENDED)
                    .setErrorCode(ended.failure().map(Enum::name).orElse(""))
                    .setMessage(ended.message())
                    .setOutput(ended.output());
        }
        return report.build();
    }

    private static HoldfastException invalid(String message) {
        return new HoldfastException(AgentError.MACHINE_SPEC_INVALID, message);
    }

    private static NetworkLink link(MachineLink link) {
        return switch (link.getNetworkCase()) {
            case HOST_NETWORK -> new NetworkLink.HostNetwork(link.getHostNetwork());
            case ISOLATED_NETWORK -> new NetworkLink.IsolatedNetwork(link.getIsolatedNetwork());
            case NETWORK_NOT_SET -> throw invalid("links.network is not set; allowed: host_network, isolated_network");
        };
    }

    private static ReadinessProbe probe(io.holdfast.proto.v1.ReadinessProbe probe) {
        return switch (probe.getProbeCase()) {
            case TCP ->
                new ReadinessProbe.Tcp(
                        probe.getTcp().getAddress(),
                        probe.getTcp().getPort(),
                        probe.getTcp().getNic());
            case HTTP ->
                new ReadinessProbe.Http(
                        probe.getHttp().getAddress(),
                        probe.getHttp().getPort(),
                        probe.getHttp().getPath(),
                        probe.getHttp().getNic());
            case GUEST_AGENT -> new ReadinessProbe.GuestAgent();
            case CONSOLE -> new ReadinessProbe.Console(probe.getConsole().getText());
            case PROBE_NOT_SET ->
                throw invalid(
                        "probes has one of a kind that this agent does not know; allowed: tcp, http, guest_agent, console");
        };
    }

    /** @throws HoldfastException {@code MACHINE_SPEC_INVALID} or {@code INVALID_ID} */
    static MachineSpec spec(io.holdfast.proto.v1.MachineSpec spec) {
        return new MachineSpec(
                spec.getCpuCount(),
                spec.getMemoryBytes(),
                switch (spec.getFirmware()) {
                    case FIRMWARE_UNSPECIFIED, BIOS -> Firmware.BIOS;
                    case UEFI -> Firmware.UEFI;
                    case UNRECOGNIZED -> throw invalid("firmware is none that this agent knows; allowed: BIOS, UEFI");
                },
                spec.getMachineType(),
                spec.getDisksList().stream()
                        .map(disk -> new Disk(
                                VolumeId.parse(disk.getVolumeId()), Bus.parse(disk.getBus()), disk.getSerial()))
                        .toList(),
                spec.getNicsList().stream()
                        .map(nic ->
                                new Nic(nic.getName(), nic.getMac(), NicModel.parse(nic.getModel()), nic.getNetwork()))
                        .toList(),
                spec.hasDirectBoot()
                        ? Optional.of(new DirectBoot(
                                spec.getDirectBoot().getKernel(),
                                spec.getDirectBoot().getInitrd(),
                                spec.getDirectBoot().getCommandLine()))
                        : Optional.empty());
    }

    static io.holdfast.proto.v1.MachineSpec wire(MachineSpec spec) {
        var wire = io.holdfast.proto.v1.MachineSpec.newBuilder()
                .setCpuCount(spec.cpus())
                .setMemoryBytes(spec.memoryBytes())
                .setFirmware(
                        spec.firmware() == Firmware.UEFI
                                ? io.holdfast.proto.v1.Firmware.UEFI
                                : io.holdfast.proto.v1.Firmware.BIOS)
                .setMachineType(spec.machineType());
        spec.disks()
                .forEach(disk -> wire.addDisks(MachineDisk.newBuilder()
                        .setVolumeId(disk.volume().toString())
                        .setBus(disk.bus().text())
                        .setSerial(disk.serial())));
        spec.nics()
                .forEach(nic -> wire.addNics(MachineNic.newBuilder()
                        .setName(nic.name())
                        .setMac(nic.mac())
                        .setModel(nic.model().text())
                        .setNetwork(nic.network())));
        spec.directBoot()
                .ifPresent(boot -> wire.setDirectBoot(io.holdfast.proto.v1.DirectBoot.newBuilder()
                        .setKernel(boot.kernel())
                        .setInitrd(boot.initrd())
                        .setCommandLine(boot.commandLine())));
        return wire.build();
    }

    static AgentFrame report(List<MachineView> machines) {
        MachinesReport.Builder report = MachinesReport.newBuilder();
        machines.forEach(machine -> report.addMachines(report(machine)));
        return AgentFrame.newBuilder().setMachines(report).build();
    }

    private static MachineReport report(MachineView view) {
        MachineReport.Builder report = MachineReport.newBuilder()
                .setMachineId(view.order().id().text())
                .setVmId(view.order().vm().toString())
                .setRunId(view.order().run().toString())
                .setStateSinceMicros(view.state().sinceMicros())
                .setConsoleTail(view.consoleTail());
        view.guestCommands().forEach(record -> report.addGuestCommands(wire(record)));
        view.capture().ifPresent(capture -> report.setCapture(wire(capture)));
        describe(view.state(), view, report);
        return report.build();
    }

    private static io.holdfast.proto.v1.MachineCapture wire(MachineCapture capture) {
        var wire = io.holdfast.proto.v1.MachineCapture.newBuilder()
                .setQmpSocket(capture.monitor())
                .setGuestAgentSocket(capture.guestAgent());
        capture.nodes()
                .forEach((volume, node) -> wire.addDisks(MachineCaptureDisk.newBuilder()
                        .setVolumeId(volume.toString())
                        .setQemuNode(node)));
        return wire.build();
    }

    private static void describe(MachineState state, MachineView view, MachineReport.Builder report) {
        switch (state) {
            case MachineState.Ordered _, MachineState.Released _ ->
                report.setState(io.holdfast.proto.v1.MachineState.STARTING);
            case MachineState.Running running -> {
                report.setState(io.holdfast.proto.v1.MachineState.RUNNING).setReadyAtMicros(running.readyAtMicros());
                if (!view.problem().isEmpty()) {
                    report.setErrorCode(AgentError.PROBE_NOT_PASSED.name()).setMessage(view.problem());
                }
            }
            case MachineState.Failed failed ->
                report.setState(io.holdfast.proto.v1.MachineState.FAILED)
                        .setReadyAtMicros(failed.readyAtMicros())
                        .setErrorCode(failed.code().name())
                        .setMessage(failed.message());
            // What it was: that it goes is known to who ordered it.
            case MachineState.Stopping stopping -> {
                describe(stopping.before(), view, report);
                report.setStateSinceMicros(stopping.before().sinceMicros());
            }
        }
    }

    static AgentFrame screen(Screen screen) {
        return AgentFrame.newBuilder()
                .setMachineScreen(MachineScreen.newBuilder()
                        .setMachineId(screen.machine().text())
                        .setVmId(screen.vm().toString())
                        .setRunId(screen.run().toString())
                        .setTakenAtMicros(screen.takenAtMicros())
                        .setMoment(
                                switch (screen.moment()) {
                                    case READY -> ScreenMoment.SCREEN_READY;
                                    case ENDED -> ScreenMoment.SCREEN_ENDED;
                                    case STOPPED -> ScreenMoment.SCREEN_STOPPED;
                                })
                        .setPng(UnsafeByteOperations.unsafeWrap(screen.picture().png())))
                .build();
    }

    /** Empty = this host cannot run machines. */
    static Optional<MachineHosting> hosting(HostCapacity capacity) {
        if (capacity.adapters().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(MachineHosting.newBuilder()
                .addAllAdapters(capacity.adapters())
                .addAllNetworks(capacity.networks().stream().sorted().toList())
                .setMemoryLimitBytes(capacity.memoryLimitBytes())
                .setMemoryUsedBytes(capacity.memoryUsedBytes())
                .build());
    }
}
