package io.holdfast.replicationagent.adapter.files;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.Bus;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A machine's specification as rows of a state file.
 *
 * <pre>
 *  machine  cpus  memory bytes  firmware  machine type
 *  disk     volume id  bus  serial
 *  nic      name  mac  model  network
 *  boot     kernel  initrd  command line
 * </pre>
 */
final class MachineText {
    private static final String MACHINE = "machine";
    private static final String DISK = "disk";
    private static final String NIC = "nic";
    private static final String BOOT = "boot";

    private MachineText() {}

    static List<List<String>> rows(MachineSpec spec) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                MACHINE,
                Integer.toString(spec.cpus()),
                Long.toString(spec.memoryBytes()),
                spec.firmware().name(),
                spec.machineType()));
        for (Disk disk : spec.disks()) {
            rows.add(List.of(DISK, disk.volume().toString(), disk.bus().text(), disk.serial()));
        }
        for (Nic nic : spec.nics()) {
            rows.add(List.of(NIC, nic.name(), nic.mac(), nic.model().text(), nic.network()));
        }
        spec.directBoot().ifPresent(boot -> rows.add(List.of(BOOT, boot.kernel(), boot.initrd(), boot.commandLine())));
        return rows;
    }

    static boolean isOneOf(List<String> row) {
        return List.of(MACHINE, DISK, NIC, BOOT).contains(row.getFirst());
    }

    /**
     * The specification in the rows of {@link #rows} among these; empty when there is none.
     *
     * @throws RuntimeException for rows that are none
     */
    static Optional<MachineSpec> read(List<List<String>> rows) {
        List<Disk> disks = new ArrayList<>();
        List<Nic> nics = new ArrayList<>();
        Optional<DirectBoot> boot = Optional.empty();
        List<String> machine = List.of();
        for (List<String> row : rows) {
            switch (row.getFirst()) {
                case MACHINE -> machine = row;
                case DISK -> disks.add(new Disk(VolumeId.parse(row.get(1)), Bus.parse(row.get(2)), row.get(3)));
                case NIC -> nics.add(new Nic(row.get(1), row.get(2), NicModel.parse(row.get(3)), row.get(4)));
                case BOOT -> boot = Optional.of(new DirectBoot(row.get(1), row.get(2), row.get(3)));
                default -> {}
            }
        }
        if (machine.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new MachineSpec(
                Integer.parseInt(machine.get(1)),
                Long.parseLong(machine.get(2)),
                Firmware.valueOf(machine.get(3)),
                machine.get(4),
                disks,
                nics,
                boot));
    }
}
