package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Optional;

/**
 * What a virtual machine is besides the bytes of its disks, as it was at a checkpoint ({@code machine.proto}). It is handed on and never judged here:
 * the agent that starts it says what it does not like.
 *
 * @param machineType of QEMU; empty = the host's default
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
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
    }

    public enum Firmware {
        BIOS,
        UEFI
    }

    /** @param bus empty = the agent's default; so is {@code serial} */
    public record Disk(VolumeId volumeId, String bus, String serial) {}

    /** @param network name of the network at the machine's own site, which a plan maps to one of the recovery site */
    public record Nic(String name, String mac, String model, String network) {}

    /** @param initrd empty = none */
    public record DirectBoot(String kernel, String initrd, String commandLine) {}
}
