package io.holdfast.recoveryplan.adapter.kafka;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.proto.v1.ConsoleProbe;
import io.holdfast.proto.v1.DirectBoot;
import io.holdfast.proto.v1.Firmware;
import io.holdfast.proto.v1.GuestAddresses;
import io.holdfast.proto.v1.GuestAgentProbe;
import io.holdfast.proto.v1.HttpProbe;
import io.holdfast.proto.v1.MachineDisk;
import io.holdfast.proto.v1.MachineLink;
import io.holdfast.proto.v1.MachineNic;
import io.holdfast.proto.v1.MachineSpec;
import io.holdfast.proto.v1.MachineVolume;
import io.holdfast.proto.v1.ReadinessProbe;
import io.holdfast.proto.v1.RunGuestCommand;
import io.holdfast.proto.v1.ShutDownVm;
import io.holdfast.proto.v1.StartMachine;
import io.holdfast.proto.v1.StopMachine;
import io.holdfast.proto.v1.TcpProbe;
import io.holdfast.recoveryplan.machine.GuestOrder;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineOrder;
import io.holdfast.recoveryplan.plan.CardSetting;
import io.holdfast.recoveryplan.plan.MachineProbe;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Orders as the agent's protocol has them ({@code machine.proto}). The same order always gives the same message. */
public final class MachineCommands {
    private MachineCommands() {}

    public static AgentCommand start(MachineOrder order, UUID commandId, AgentId agent, Instant now, Instant expires) {
        return command(commandId, agent, now, expires)
                .setStartMachine(start(order))
                .build();
    }

    public static AgentCommand stop(
            UUID machineId, Duration grace, UUID commandId, AgentId agent, Instant now, Instant expires) {
        return command(commandId, agent, now, expires)
                .setStopMachine(StopMachine.newBuilder()
                        .setMachineId(machineId.toString())
                        .setGraceMs(Math.toIntExact(grace.toMillis())))
                .build();
    }

    public static AgentCommand shutDown(
            VmId vm, Duration grace, UUID commandId, AgentId agent, Instant now, Instant expires) {
        return command(commandId, agent, now, expires)
                .setShutDownVm(
                        ShutDownVm.newBuilder().setVmId(vm.toString()).setGraceMs(Math.toIntExact(grace.toMillis())))
                .build();
    }

    public static AgentCommand runInGuest(GuestOrder order, UUID commandId, Instant now, Instant expires) {
        return command(commandId, order.agent(), now, expires)
                .setRunGuestCommand(RunGuestCommand.newBuilder()
                        .setMachineId(order.machineId().toString())
                        .setKey(order.key())
                        .setAttempt(order.attempt())
                        .setPath(order.command().path())
                        .addAllArguments(order.command().arguments())
                        .setTimeoutMs(Math.toIntExact(order.hook().timeout().toMillis()))
                        .setAtMostOnce(order.atMostOnce()))
                .build();
    }

    private static AgentCommand.Builder command(UUID commandId, AgentId agent, Instant now, Instant expires) {
        return AgentCommand.newBuilder()
                .setCommandId(commandId.toString())
                .setAgentId(agent.toString())
                .setIssuedAtMicros(micros(now))
                .setExpiresAtMicros(micros(expires));
    }

    private static StartMachine start(MachineOrder order) {
        KnownMachine machine = order.placement().machine();
        StartMachine.Builder start = StartMachine.newBuilder()
                .setMachineId(order.machineId().toString())
                .setVmId(machine.vmId().toString())
                .setName(machine.name())
                .setRunId(order.runId().toString())
                .setSpec(spec(machine.spec()))
                .setExpiresAtMicros(
                        order.expiresAt().map(MachineCommands::micros).orElse(0L));
        machine.spec()
                .disks()
                .forEach(disk -> start.addVolumes(MachineVolume.newBuilder()
                        .setVolumeId(disk.volumeId().toString())
                        .setNbdUri(order.volumes().get(disk.volumeId()))));
        order.links().entrySet().stream()
                .sorted(Comparator.comparing(Map.Entry::getKey))
                .forEach(link -> start.addLinks(link(
                        link.getKey(),
                        link.getValue(),
                        Optional.ofNullable(order.given().get(link.getKey())))));
        order.probes().forEach(probe -> start.addProbes(probe(probe, order)));
        return start.build();
    }

    private static MachineSpec spec(io.holdfast.recoveryplan.machine.MachineSpec spec) {
        MachineSpec.Builder builder = MachineSpec.newBuilder()
                .setCpuCount(spec.cpuCount())
                .setMemoryBytes(spec.memoryBytes())
                .setFirmware(
                        switch (spec.firmware()) {
                            case BIOS -> Firmware.BIOS;
                            case UEFI -> Firmware.UEFI;
                        })
                .setMachineType(spec.machineType());
        spec.disks()
                .forEach(disk -> builder.addDisks(MachineDisk.newBuilder()
                        .setVolumeId(disk.volumeId().toString())
                        .setBus(disk.bus())
                        .setSerial(disk.serial())));
        spec.nics()
                .forEach(nic -> builder.addNics(MachineNic.newBuilder()
                        .setName(nic.name())
                        .setMac(nic.mac())
                        .setModel(nic.model())
                        .setNetwork(nic.network())));
        spec.directBoot()
                .ifPresent(boot -> builder.setDirectBoot(DirectBoot.newBuilder()
                        .setKernel(boot.kernel())
                        .setInitrd(boot.initrd())
                        .setCommandLine(boot.commandLine())));
        return builder.build();
    }

    private static MachineLink link(String nic, NetworkTarget target, Optional<CardSetting> given) {
        MachineLink.Builder link = MachineLink.newBuilder().setNic(nic);
        given.ifPresent(setting -> link.setGuest(GuestAddresses.newBuilder()
                .addAllAddresses(setting.addresses())
                .addAllGateways(setting.gateways())
                .addAllDnsServers(setting.dnsServers())));
        return switch (target) {
            case NetworkTarget.Isolated isolated ->
                link.setIsolatedNetwork(isolated.name()).build();
            case NetworkTarget.Host host -> link.setHostNetwork(host.name()).build();
        };
    }

    private static ReadinessProbe probe(MachineProbe probe, MachineOrder order) {
        ReadinessProbe.Builder builder = ReadinessProbe.newBuilder();
        return switch (probe) {
            case MachineProbe.Tcp tcp ->
                builder.setTcp(TcpProbe.newBuilder()
                                .setAddress(tcp.address())
                                .setPort(tcp.port())
                                .setNic(order.nicOf(tcp.address())))
                        .build();
            case MachineProbe.Http http ->
                builder.setHttp(HttpProbe.newBuilder()
                                .setAddress(http.address())
                                .setPort(http.port())
                                .setPath(http.path())
                                .setNic(order.nicOf(http.address())))
                        .build();
            case MachineProbe.GuestAgent _ ->
                builder.setGuestAgent(GuestAgentProbe.getDefaultInstance()).build();
            case MachineProbe.Console console ->
                builder.setConsole(ConsoleProbe.newBuilder().setText(console.text()))
                        .build();
        };
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
