package io.holdfast.replicationagent.adapter.machine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.adapter.machine.BootFiles.HostFiles;
import io.holdfast.replicationagent.machine.MachineId;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.Bus;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import io.holdfast.replicationagent.machine.NbdAddress;
import io.holdfast.replicationagent.machine.NetworkLink;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QemuCommandTest {
    private static final MachineFolders FOLDERS = new MachineFolders(Path.of("/state,1"), Path.of("/run/a,b"), "owner");
    private static final HostFiles FILES =
            new HostFiles(Optional.of(Path.of("/boot/k,1")), Optional.empty(), Path.of("/fw/code,1.fd"));

    private static MachineOrder order(Firmware firmware, String hostile, List<Bus> buses) {
        List<Disk> disks = new ArrayList<>();
        Map<VolumeId, NbdAddress> volumes = new HashMap<>();
        for (Bus bus : buses) {
            Disk disk = new Disk(VolumeId.random(), bus, hostile.substring(0, 12));
            disks.add(disk);
            volumes.put(disk.volume(), new NbdAddress("::1", 10_809, hostile));
        }
        return new MachineOrder(
                new MachineId("m-1"),
                VmId.random(),
                hostile,
                RunId.random(),
                new MachineSpec(
                        3,
                        96L << 20,
                        firmware,
                        "",
                        disks,
                        List.of(
                                new Nic(hostile, "52:54:00:00:00:01", NicModel.VIRTIO, hostile),
                                new Nic("eth1", "52:54:00:00:00:02", NicModel.E1000, "")),
                        Optional.of(new DirectBoot("/boot/k,1", "", hostile))),
                volumes,
                Map.of(hostile, new NetworkLink.IsolatedNetwork(hostile)),
                List.of(),
                0);
    }

    private static List<String> command(MachineOrder order) {
        return QemuCommand.of(MachineSettings.PROGRAM, MachineSettings.plain(DataSize.ofMiB(1)), order, FOLDERS, FILES);
    }

    /** The JSON words behind this option. */
    private static List<JsonNode> objects(List<String> command, String option) throws Exception {
        List<JsonNode> found = new ArrayList<>();
        for (int i = 0; i < command.size() - 1; i++) {
            if (command.get(i).equals(option) && command.get(i + 1).startsWith("{")) {
                found.add(new ObjectMapper().readTree(command.get(i + 1)));
            }
        }
        return found;
    }

    @Test
    void what_others_have_chosen_stands_in_json_or_in_a_word_of_its_own_only() throws Exception {
        String hostile = "a,id=x\"}],{- ${IFS} -incoming exec:id";
        List<String> command = command(order(Firmware.BIOS, hostile, List.of(Bus.VIRTIO)));

        assertThat(objects(command, "-blockdev"))
                .singleElement()
                .satisfies(node -> assertThat(node.get("export").asText()).isEqualTo(hostile));
        assertThat(objects(command, "-device"))
                .anySatisfy(device -> assertThat(device.path("serial").asText()).isEqualTo(hostile.substring(0, 12)));
        assertThat(command.get(command.indexOf("-append") + 1)).isEqualTo(hostile);
        assertThat(command.get(command.indexOf("-kernel") + 1)).isEqualTo("/boot/k,1");
        assertThat(command)
                .filteredOn(word -> word.contains("id=x") && !word.startsWith("{"))
                .containsExactly(hostile);
        assertThat(command)
                .as("our own folder's comma is doubled where QEMU splits")
                .anyMatch(word -> word.startsWith("socket,id=monitor,path=/run/a,,b/"));
    }

    @Test
    void disks_hang_on_what_the_order_says_and_the_firmware_tries_them_in_order() throws Exception {
        List<Bus> buses = new ArrayList<>(List.of(Bus.SCSI, Bus.VIRTIO));
        for (int i = 0; i < 7; i++) {
            buses.add(Bus.SATA);
        }
        List<JsonNode> devices = objects(command(order(Firmware.BIOS, "plain-enough-name", buses)), "-device");
        List<JsonNode> disks =
                devices.stream().filter(device -> device.has("bootindex")).toList();

        assertThat(disks)
                .extracting(device -> device.get("bootindex").asInt())
                .isSorted()
                .hasSize(9);
        assertThat(disks)
                .extracting(device ->
                        device.get("driver").asText() + "@" + device.path("bus").asText())
                .startsWith("scsi-hd@scsi.0", "virtio-blk-pci@", "ide-hd@sata0.0", "ide-hd@sata0.1")
                .endsWith("ide-hd@sata0.5", "ide-hd@sata1.0");
        assertThat(devices)
                .extracting(device -> device.get("driver").asText())
                .contains("virtio-scsi-pci")
                .filteredOn("ich9-ahci"::equals)
                .hasSize(2);
    }

    @Test
    void a_lost_server_is_waited_for_and_trims_are_passed_on() throws Exception {
        JsonNode node = objects(command(order(Firmware.BIOS, "plain-enough-name", List.of(Bus.VIRTIO))), "-blockdev")
                .getFirst();
        assertThat(node.get("reconnect-delay").asInt()).isEqualTo(60);
        assertThat(node.get("discard").asText()).isEqualTo("unmap");
        assertThat(node.get("server").get("host").asText()).isEqualTo("::1");
        assertThat(node.get("server").get("port").asText()).isEqualTo("10809");
    }

    @Test
    void uefi_starts_from_flash_whose_variables_are_the_machines_own() throws Exception {
        List<String> command = command(order(Firmware.UEFI, "plain-enough-name", List.of(Bus.VIRTIO)));
        assertThat(command.get(command.indexOf("-machine") + 1))
                .isEqualTo("q35,pflash0=uefi-code,pflash1=uefi-variables");
        List<JsonNode> flash = objects(command, "-blockdev").subList(0, 2);
        assertThat(flash.get(0).get("read-only").asBoolean()).isTrue();
        assertThat(flash.get(0).get("file").get("filename").asText()).isEqualTo("/fw/code,1.fd");
        assertThat(flash.get(1).get("read-only").asBoolean()).isFalse();
        assertThat(flash.get(1).get("file").get("filename").asText()).isEqualTo("/state,1/m-1/uefi-variables");
    }

    @Test
    void a_card_without_a_link_leads_nowhere() throws Exception {
        List<JsonNode> ends =
                objects(command(order(Firmware.BIOS, "plain-enough-name", List.of(Bus.VIRTIO))), "-netdev");
        assertThat(ends).extracting(end -> end.get("type").asText()).containsExactly("tap", "hubport");
        assertThat(ends.getFirst().get("ifname").asText()).hasSizeLessThanOrEqualTo(15);
    }

    @Test
    void names_of_the_kernels_objects_differ_by_agent_run_network_machine_and_card() {
        MachineFolders other = new MachineFolders(Path.of("/s"), Path.of("/r"), "another owner");
        assertThat(Set.of(
                        FOLDERS.namespace("run-1", "lan"),
                        FOLDERS.namespace("run-2", "lan"),
                        FOLDERS.namespace("run-1", "lan2"),
                        other.namespace("run-1", "lan")))
                .hasSize(4);
        assertThat(Set.of(
                        FOLDERS.tap(new MachineId("a"), 0),
                        FOLDERS.tap(new MachineId("a"), 1),
                        FOLDERS.tap(new MachineId("b"), 0),
                        other.tap(new MachineId("a"), 0)))
                .hasSize(4);
        assertThat(other.namespace("run-1", "lan")).doesNotStartWith(FOLDERS.namespacePrefix());
    }

    @Test
    void a_probe_comes_from_an_address_beside_the_guest_that_nobody_has() throws Exception {
        assertThat(beside("10.0.0.5")).isEqualTo("10.0.0.6");
        assertThat(beside("10.0.0.5", "10.0.0.6")).isEqualTo("10.0.0.4");
        // The first neighbour would be the address of the network itself.
        assertThat(beside("10.0.0.3")).isEqualTo("10.0.0.2");
        assertThat(beside("10.0.0.252")).isEqualTo("10.0.0.253");
    }

    private static String beside(String guest, String... others) throws Exception {
        Set<InetAddress> known = new java.util.HashSet<>();
        for (String other : others) {
            known.add(InetAddress.getByName(other));
        }
        return ProbeSource.beside((java.net.Inet4Address) InetAddress.getByName(guest), known)
                .getHostAddress();
    }
}
