package io.holdfast.recoveryplan.drift;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.VolumeId;
import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.machine.MachineSpec.DirectBoot;
import io.holdfast.recoveryplan.machine.MachineSpec.Disk;
import io.holdfast.recoveryplan.machine.MachineSpec.Firmware;
import io.holdfast.recoveryplan.machine.MachineSpec.Nic;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("What changed of a machine:")
class SpecChangesTest {
    private static final VolumeId SYSTEM = new VolumeId(new UUID(0, 1));
    private static final VolumeId DATA = new VolumeId(new UUID(0, 2));
    private static final MachineSpec BEFORE = new MachineSpec(
            2,
            1L << 30,
            Firmware.BIOS,
            "q35",
            List.of(new Disk(SYSTEM, "virtio", "s"), new Disk(DATA, "virtio", "d")),
            List.of(
                    new Nic("eth0", "52:54:00:00:00:01", "virtio", "lan"),
                    new Nic("eth1", "52:54:00:00:00:02", "", "san")),
            Optional.of(new DirectBoot("/k", "/i", "quiet")));

    private record Case(MachineSpec now, Change... changes) {}

    static Stream<Case> cases() {
        MachineSpec b = BEFORE;
        Disk system = b.disks().getFirst();
        Disk data = b.disks().getLast();
        Nic lan = b.nics().getFirst();
        Nic san = b.nics().getLast();
        String disk = "disk " + DATA;
        return Stream.of(
                new Case(b),
                new Case(
                        new MachineSpec(4, 2L << 30, Firmware.UEFI, "", b.disks(), b.nics(), b.directBoot()),
                        new Change("cpuCount", "2", "4"),
                        new Change("memoryBytes", "1073741824", "2147483648"),
                        new Change("firmware", "BIOS", "UEFI"),
                        new Change("machineType", "q35", "")),
                new Case(with(List.of(system), b.nics()), new Change(disk, "removed", "")),
                new Case(
                        with(List.of(data, system), b.nics()),
                        new Change("bootOrder", SYSTEM + " " + DATA, DATA + " " + SYSTEM)),
                new Case(
                        with(List.of(system, new Disk(DATA, "scsi", "e")), b.nics()),
                        new Change(disk + " bus", "virtio", "scsi"),
                        new Change(disk + " serial", "d", "e")),
                new Case(
                        with(List.of(system, data, new Disk(new VolumeId(new UUID(0, 3)), "", "")), b.nics()),
                        new Change("disk " + new UUID(0, 3), "", "added")),
                new Case(
                        with(b.disks(), List.of(san, lan, new Nic("eth2", "", "", "dmz"))),
                        new Change("nic eth2", "", "added")),
                new Case(
                        with(b.disks(), List.of(new Nic("eth0", "52:54:00:00:00:09", "e1000", "dmz"))),
                        new Change("nic eth0 network", "lan", "dmz"),
                        new Change("nic eth0 mac", "52:54:00:00:00:01", "52:54:00:00:00:09"),
                        new Change("nic eth0 model", "virtio", "e1000"),
                        new Change("nic eth1", "removed", "")),
                new Case(
                        new MachineSpec(2, 1L << 30, Firmware.BIOS, "q35", b.disks(), b.nics(), Optional.empty()),
                        new Change("kernel", "/k", ""),
                        new Change("initrd", "/i", ""),
                        new Change("kernelCommandLine", "quiet", "")));
    }

    private static MachineSpec with(List<Disk> disks, List<Nic> nics) {
        return new MachineSpec(2, 1L << 30, Firmware.BIOS, "q35", disks, nics, BEFORE.directBoot());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void every_difference_is_named_with_both_values(Case told) {
        assertThat(SpecChanges.between(BEFORE, told.now())).containsExactlyInAnyOrder(told.changes());
    }

    /** A component that is added to a specification has to be compared, too. */
    @Test
    void nothing_of_a_specification_is_left_out() {
        assertThat(MachineSpec.class.getRecordComponents()).hasSize(7);
        assertThat(Disk.class.getRecordComponents()).hasSize(3);
        assertThat(Nic.class.getRecordComponents()).hasSize(4);
        assertThat(DirectBoot.class.getRecordComponents()).hasSize(3);
    }
}
