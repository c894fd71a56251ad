package io.holdfast.inventory.vm;

import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a VM is besides its disks' bytes (F14): enough to start it elsewhere. Kept with every checkpoint by the data plane; here it is what the agent
 * reported last.
 *
 * @param memoryBytes a multiple of 1 MiB
 * @param machineType as QEMU names it; empty = the host's default
 * @param disks in the order in which the firmware tries them
 */
public record MachineSpec(
        int cpuCount,
        long memoryBytes,
        Firmware firmware,
        String machineType,
        List<Disk> disks,
        List<Nic> nics,
        Optional<DirectBoot> directBoot) {
    public MachineSpec {
        Objects.requireNonNull(firmware, "firmware");
        Objects.requireNonNull(machineType, "machineType");
        Objects.requireNonNull(directBoot, "directBoot");
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
    }

    public enum Firmware {
        BIOS,
        UEFI
    }

    /**
     * @param bus virtio, scsi or sata
     * @param serial empty = none
     */
    public record Disk(VolumeId volume, String bus, String serial) {}

    /**
     * @param model virtio or e1000
     * @param network by its name at this site
     */
    public record Nic(String name, String mac, String model, String network) {}

    /**
     * Kernel from the host's files instead of from the disks.
     *
     * @param initrd empty = none
     */
    public record DirectBoot(String kernel, String initrd, String commandLine) {}

    /** The same machine with its disks: what somebody asked for names no ids yet. */
    MachineSpec with(List<Disk> attached) {
        return new MachineSpec(cpuCount, memoryBytes, firmware, machineType, attached, nics, directBoot);
    }
}
