package io.holdfast.inventory.adapter.kafka;

import io.holdfast.inventory.Label;
import io.holdfast.inventory.host.Hosting;
import io.holdfast.inventory.vm.MachineSpec;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.DirectBoot;
import io.holdfast.proto.v1.Firmware;
import io.holdfast.proto.v1.MachineDisk;
import io.holdfast.proto.v1.MachineHosting;
import io.holdfast.proto.v1.MachineNic;
import java.util.Optional;

/** Specifications of machines as messages and back. */
final class MachineWire {
    private static final String VIRTIO = "virtio";

    private MachineWire() {}

    static MachineSpec spec(io.holdfast.proto.v1.MachineSpec spec) {
        return new MachineSpec(
                spec.getCpuCount(),
                spec.getMemoryBytes(),
                spec.getFirmware() == Firmware.UEFI ? MachineSpec.Firmware.UEFI : MachineSpec.Firmware.BIOS,
                Label.of(spec.getMachineType()),
                spec.getDisksList().stream()
                        .map(disk -> new MachineSpec.Disk(
                                VolumeId.parse(disk.getVolumeId()), or(disk.getBus()), Label.of(disk.getSerial())))
                        .toList(),
                spec.getNicsList().stream()
                        .map(nic -> new MachineSpec.Nic(
                                Label.of(nic.getName()),
                                Label.of(nic.getMac()),
                                or(nic.getModel()),
                                Label.of(nic.getNetwork())))
                        .toList(),
                spec.hasDirectBoot()
                        ? Optional.of(new MachineSpec.DirectBoot(
                                Label.ofLong(spec.getDirectBoot().getKernel()),
                                Label.ofLong(spec.getDirectBoot().getInitrd()),
                                Label.ofLong(spec.getDirectBoot().getCommandLine())))
                        : Optional.empty());
    }

    private static String or(String model) {
        return model.isEmpty() ? VIRTIO : Label.of(model);
    }

    static io.holdfast.proto.v1.MachineSpec message(MachineSpec spec) {
        var message = io.holdfast.proto.v1.MachineSpec.newBuilder()
                .setCpuCount(spec.cpuCount())
                .setMemoryBytes(spec.memoryBytes())
                .setFirmware(spec.firmware() == MachineSpec.Firmware.UEFI ? Firmware.UEFI : Firmware.BIOS)
                .setMachineType(spec.machineType());
        spec.disks()
                .forEach(disk -> message.addDisks(MachineDisk.newBuilder()
                        .setVolumeId(disk.volume().toString())
                        .setBus(disk.bus())
                        .setSerial(disk.serial())));
        spec.nics()
                .forEach(nic -> message.addNics(MachineNic.newBuilder()
                        .setName(nic.name())
                        .setMac(nic.mac())
                        .setModel(nic.model())
                        .setNetwork(nic.network())));
        spec.directBoot()
                .ifPresent(boot -> message.setDirectBoot(DirectBoot.newBuilder()
                        .setKernel(boot.kernel())
                        .setInitrd(boot.initrd())
                        .setCommandLine(boot.commandLine())));
        return message.build();
    }

    static Hosting hosting(MachineHosting hosting) {
        return new Hosting(
                hosting.getAdaptersList().stream().map(Label::of).toList(),
                hosting.getNetworksList().stream().map(Label::of).toList(),
                Math.max(0, hosting.getMemoryLimitBytes()),
                Math.max(0, hosting.getMemoryUsedBytes()));
    }

    static MachineHosting message(Hosting hosting) {
        return MachineHosting.newBuilder()
                .addAllAdapters(hosting.adapters())
                .addAllNetworks(hosting.networks())
                .setMemoryLimitBytes(hosting.memoryLimitBytes())
                .setMemoryUsedBytes(hosting.memoryUsedBytes())
                .build();
    }
}
