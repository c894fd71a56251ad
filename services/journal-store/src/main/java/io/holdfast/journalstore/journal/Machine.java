package io.holdfast.journalstore.journal;

import java.util.List;
import java.util.Optional;

/**
 * What a virtual machine was at a checkpoint, besides its disks (F14). The journal keeps and shows it and does not judge: it is
 * the agent's report, and who starts a machine from it checks every field.
 *
 * @param memoryBytes 0 = not reported
 * @param firmware {@code BIOS} or {@code UEFI}
 * @param machineType empty = the host's default
 * @param disks in the order in which the firmware tries them
 */
public record Machine(
        String vmId,
        String name,
        int cpuCount,
        long memoryBytes,
        String firmware,
        String machineType,
        List<Disk> disks,
        List<Nic> nics,
        Optional<DirectBoot> directBoot) {
    public Machine {
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
    }

    /**
     * @param bus virtio, scsi or sata
     * @param serial empty = none
     */
    public record Disk(String volumeId, String bus, String serial) {}

    /** @param network by its name at the machine's own site */
    public record Nic(String name, String mac, String model, String network) {}

    /** @param initrd empty = none */
    public record DirectBoot(String kernel, String initrd, String commandLine) {}
}
