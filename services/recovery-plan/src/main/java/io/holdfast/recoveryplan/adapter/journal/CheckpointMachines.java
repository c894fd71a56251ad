package io.holdfast.recoveryplan.adapter.journal;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineSpec;
import java.util.List;
import java.util.Optional;

/** Reads the machines of a checkpoint. A machine without a specification is left out: of it nothing is known. */
final class CheckpointMachines {
    private CheckpointMachines() {}

    /** @throws HoldfastException {@code MALFORMED_DATA} if a specification says something that cannot be */
    static List<KnownMachine> of(JournalReplies.Checkpoint reply) {
        return orEmpty(reply.machines()).stream()
                .filter(machine -> machine.spec() != null)
                .map(CheckpointMachines::machine)
                .toList();
    }

    private static KnownMachine machine(JournalReplies.Machine machine) {
        JournalReplies.Spec spec = machine.spec();
        require(spec.cpuCount() != null && spec.cpuCount() > 0, machine, "cpuCount");
        require(spec.memoryBytes() != null && spec.memoryBytes() > 0, machine, "memoryBytes");
        return new KnownMachine(
                VmId.parse(machine.vmId()),
                text(machine.name()),
                new MachineSpec(
                        spec.cpuCount(),
                        spec.memoryBytes(),
                        firmware(machine),
                        text(spec.machineType()),
                        orEmpty(spec.disks()).stream()
                                .map(disk -> new MachineSpec.Disk(
                                        VolumeId.parse(disk.volumeId()), text(disk.bus()), text(disk.serial())))
                                .toList(),
                        orEmpty(spec.nics()).stream()
                                .map(nic -> new MachineSpec.Nic(
                                        text(nic.name()), text(nic.mac()), text(nic.model()), text(nic.network())))
                                .toList(),
                        Optional.ofNullable(spec.directBoot())
                                .map(boot -> new MachineSpec.DirectBoot(
                                        text(boot.kernel()), text(boot.initrd()), text(boot.commandLine())))));
    }

    private static MachineSpec.Firmware firmware(JournalReplies.Machine machine) {
        return switch (machine.spec().firmware()) {
            case null -> MachineSpec.Firmware.BIOS;
            case "BIOS" -> MachineSpec.Firmware.BIOS;
            case "UEFI" -> MachineSpec.Firmware.UEFI;
            default -> throw malformed(machine, "firmware");
        };
    }

    private static void require(boolean holds, JournalReplies.Machine machine, String field) {
        if (!holds) {
            throw malformed(machine, field);
        }
    }

    private static HoldfastException malformed(JournalReplies.Machine machine, String field) {
        return new HoldfastException(
                CommonError.MALFORMED_DATA,
                "the journal-store's reply has a machine %s whose '%s' cannot be".formatted(machine.vmId(), field));
    }

    private static String text(String value) {
        return value == null ? "" : value;
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }
}
