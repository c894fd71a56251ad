package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.Machine;
import io.holdfast.proto.v1.CheckpointMachine;
import io.holdfast.proto.v1.Firmware;
import io.holdfast.proto.v1.MachineSpec;
import java.util.Optional;

/** From the wire's machine to the journal's own, with what the contract says of fields that are not set. */
final class MachineMapper {
    private static final String VIRTIO = "virtio";

    private MachineMapper() {}

    static Machine machine(CheckpointMachine machine) {
        MachineSpec spec = machine.getSpec();
        return new Machine(
                machine.getVmId(),
                machine.getName(),
                spec.getCpuCount(),
                spec.getMemoryBytes(),
                spec.getFirmware() == Firmware.UEFI ? "UEFI" : "BIOS",
                spec.getMachineType(),
                spec.getDisksList().stream()
                        .map(disk -> new Machine.Disk(disk.getVolumeId(), or(disk.getBus()), disk.getSerial()))
                        .toList(),
                spec.getNicsList().stream()
                        .map(nic -> new Machine.Nic(nic.getName(), nic.getMac(), or(nic.getModel()), nic.getNetwork()))
                        .toList(),
                spec.hasDirectBoot()
                        ? Optional.of(new Machine.DirectBoot(
                                spec.getDirectBoot().getKernel(),
                                spec.getDirectBoot().getInitrd(),
                                spec.getDirectBoot().getCommandLine()))
                        : Optional.empty());
    }

    private static String or(String model) {
        return model.isEmpty() ? VIRTIO : model;
    }
}
