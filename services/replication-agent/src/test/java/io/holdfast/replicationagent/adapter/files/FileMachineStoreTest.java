package io.holdfast.replicationagent.adapter.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.hosting.Capture;
import io.holdfast.replicationagent.hosting.VmAttachment;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import io.holdfast.replicationagent.machine.MachineId;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineRecord;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.Bus;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import io.holdfast.replicationagent.machine.MachineState;
import io.holdfast.replicationagent.machine.NbdAddress;
import io.holdfast.replicationagent.machine.NetworkLink;
import io.holdfast.replicationagent.machine.Orders;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import io.holdfast.replicationagent.machine.guest.GuestAddresses;
import io.holdfast.replicationagent.machine.guest.GuestAddresses.Prefixed;
import io.holdfast.replicationagent.machine.guest.GuestCommand;
import io.holdfast.replicationagent.machine.guest.GuestCommandRecord;
import io.holdfast.replicationagent.machine.guest.GuestCommandState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileMachineStoreTest {
    @TempDir
    Path folder;

    private StateDirectory directory;
    private FileMachineStore store;

    @BeforeEach
    void open() {
        directory = StateDirectory.open(folder.resolve("state"));
        store = new FileMachineStore(directory);
    }

    @AfterEach
    void close() throws IOException {
        directory.close();
    }

    private static MachineSpec fullSpec(VolumeId first, VolumeId second) {
        return new MachineSpec(
                4,
                1L << 30,
                Firmware.UEFI,
                "pc-q35-7.2",
                List.of(new Disk(first, Bus.SCSI, "a \"b\" 'c'"), new Disk(second, Bus.SATA, "")),
                List.of(
                        new Nic("eth\t0\n", "52:54:00:00:00:01", NicModel.E1000, "production"),
                        new Nic("eth1", "52:54:00:00:00:02", NicModel.VIRTIO, "")),
                Optional.of(new DirectBoot("/boot/vmlinuz", "", "root=/dev/vda quiet")));
    }

    private static MachineOrder fullOrder() {
        VolumeId first = VolumeId.random();
        VolumeId second = VolumeId.random();
        return new MachineOrder(
                new MachineId("run-1.web_2"),
                VmId.random(),
                "tab\there, line\nthere, back\\slash, Grüße",
                RunId.random(),
                fullSpec(first, second),
                Map.of(first, new NbdAddress("::1", 1, "a\tb"), second, new NbdAddress("h", 65_535, "c")),
                Map.of(
                        "eth\t0\n",
                        new NetworkLink.HostNetwork("lan"),
                        "eth1",
                        new NetworkLink.IsolatedNetwork("test\nnet")),
                List.of(
                        new ReadinessProbe.Tcp("10.0.0.1", 22, "eth1"),
                        new ReadinessProbe.Http("fe80::1", 80, "/x?y=z", ""),
                        new ReadinessProbe.GuestAgent(),
                        new ReadinessProbe.Console("login: ")),
                123_456,
                Map.of(
                        "eth1",
                        new GuestAddresses(
                                List.of(Prefixed.parse("10.0.0.1/24"), Prefixed.parse("fd00::1/64")),
                                List.of(),
                                List.of("10.0.0.2"))));
    }

    @Test
    void an_order_comes_back_whole_in_every_state() {
        MachineState running = new MachineState.Running(3, 4);
        for (MachineState state : List.of(
                new MachineState.Ordered(1),
                new MachineState.Released(2),
                running,
                new MachineState.Failed(5, AgentError.MACHINE_ENDED, "it\nended\t", 6),
                running.stop(7, 8),
                new MachineState.Failed(5, AgentError.MACHINE_NOT_STARTED, "", 0).stop(7, 8))) {
            MachineRecord record = new MachineRecord(fullOrder(), state);
            store.save(record);
            assertThat(new FileMachineStore(directory).load()).containsExactly(record);
        }
    }

    @Test
    void commands_for_a_guest_come_back_in_every_state_and_go_with_their_machine() throws IOException {
        MachineRecord machine = new MachineRecord(fullOrder(), new MachineState.Running(3, 0));
        store.save(machine);
        GuestCommand command = new GuestCommand(
                "run-1-2.after-hook.1-0", 7, "/bin/x", List.of("", "a\tb\nc", "Grüße"), Duration.ofMillis(1_500), true);
        List<GuestCommandRecord> records = List.of(
                new GuestCommandRecord(command, 0, new GuestCommandState.Ordered(1)),
                new GuestCommandRecord(command, 1, new GuestCommandState.Sent(2)),
                new GuestCommandRecord(command, 2, new GuestCommandState.Begun(3, 4_711)),
                new GuestCommandRecord(
                        command,
                        2,
                        new GuestCommandState.Ended(
                                4, Optional.of(AgentError.GUEST_COMMAND_FAILED), "exit code 3", "two\nlines")),
                new GuestCommandRecord(command, 2, new GuestCommandState.Ended(5, Optional.empty(), "", "")));
        store.guestCommands(machine.order().id()).save(records);

        assertThat(new FileMachineStore(directory)
                        .guestCommands(machine.order().id())
                        .load())
                .isEqualTo(records);
        assertThat(store.load()).containsExactly(machine);

        store.delete(machine.order().id());
        assertThat(store.guestCommands(machine.order().id()).load()).isEmpty();
        try (Stream<Path> left = Files.list(directory.file("machines"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void a_damaged_order_keeps_no_other_from_coming_back() throws IOException {
        MachineRecord good = new MachineRecord(Orders.order(), new MachineState.Ordered(1));
        MachineRecord bad = new MachineRecord(fullOrder(), new MachineState.Ordered(1));
        store.save(good);
        store.save(bad);
        Path file = directory.file("machines").resolve(bad.order().id() + ".machine");
        Files.writeString(file, Files.readString(file).replace("Gr", "gr"));

        assertThat(store.load()).containsExactly(good);
    }

    @Test
    void a_forgotten_machine_does_not_come_back_and_is_forgotten_twice() {
        MachineRecord record = new MachineRecord(fullOrder(), new MachineState.Ordered(1));
        store.save(record);
        store.delete(record.order().id());
        store.delete(record.order().id());
        assertThat(store.load()).isEmpty();
    }

    @Test
    void attachments_keep_what_their_machines_are() {
        VolumeId first = VolumeId.random();
        VolumeId second = VolumeId.random();
        List<VmAttachment> attachments = List.of(
                new VmAttachment(
                        VmId.random(),
                        "described",
                        List.of(new VolumeAttachment(first, "a", "/a"), new VolumeAttachment(second, "b", "/b")),
                        Capture.INLINE,
                        "",
                        Optional.of(fullSpec(first, second))),
                new VmAttachment(
                        VmId.random(), "not described", List.of(new VolumeAttachment(VolumeId.random(), "c", "/c"))));
        FileAttachmentStore attached = new FileAttachmentStore(directory);
        attached.save(attachments);
        assertThat(attached.load()).isEqualTo(attachments);
    }

    @Test
    void a_list_of_attachments_from_before_there_were_descriptions_is_read() {
        VmId vm = VmId.random();
        VolumeId volume = VolumeId.random();
        directory.replace(
                directory.file("attachments"),
                StateText.write(List.of(
                        List.of("vm", vm.toString(), "web", "inline", "", "0", ""),
                        List.of("volume", volume.toString(), "root", "/disks/root", "raw", ""))));

        assertThat(new FileAttachmentStore(directory).load())
                .containsExactly(
                        new VmAttachment(vm, "web", List.of(new VolumeAttachment(volume, "root", "/disks/root"))));
    }
}
