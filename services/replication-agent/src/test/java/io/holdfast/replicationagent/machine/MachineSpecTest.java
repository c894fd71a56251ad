package io.holdfast.replicationagent.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.MachineSpec.Bus;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MachineSpecTest {
    private static final long MIB = 1L << 20;

    private static MachineSpec spec(int cpus, long memory, String type, List<Disk> disks, List<Nic> nics) {
        return new MachineSpec(cpus, memory, Firmware.BIOS, type, disks, nics, Optional.empty());
    }

    private static List<Disk> disks(int count) {
        List<Disk> disks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            disks.add(new Disk(VolumeId.random(), Bus.VIRTIO, ""));
        }
        return disks;
    }

    private static List<Nic> nics(int count) {
        List<Nic> nics = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nics.add(new Nic("eth" + i, "52:54:00:00:00:%02x".formatted(i), NicModel.VIRTIO, ""));
        }
        return nics;
    }

    private static void assertInvalid(String field, Callable<?> making) {
        assertThatThrownBy(making::call).isInstanceOfSatisfying(HoldfastException.class, refused -> {
            assertThat(refused.code()).isEqualTo(AgentError.MACHINE_SPEC_INVALID);
            assertThat(refused.getMessage()).startsWith(field + " is '").contains("allowed: ");
        });
    }

    @Test
    void the_bounds_of_the_contract_are_taken_and_what_is_beyond_is_named() {
        spec(1, 16 * MIB, "", disks(1), nics(0));
        spec(256, 16 * MIB, "pc-q35-7.2", disks(32), nics(16));
        assertInvalid("cpu_count", () -> spec(0, 16 * MIB, "", disks(1), nics(0)));
        assertInvalid("cpu_count", () -> spec(257, 16 * MIB, "", disks(1), nics(0)));
        assertInvalid("memory_bytes", () -> spec(1, 15 * MIB, "", disks(1), nics(0)));
        assertInvalid("memory_bytes", () -> spec(1, 16 * MIB + 1, "", disks(1), nics(0)));
        // As a number of 64 bits without a sign arrives.
        assertInvalid("memory_bytes", () -> spec(1, -MIB, "", disks(1), nics(0)));
        assertInvalid("disks", () -> spec(1, 16 * MIB, "", disks(0), nics(0)));
        assertInvalid("disks", () -> spec(1, 16 * MIB, "", disks(33), nics(0)));
        assertInvalid("nics", () -> spec(1, 16 * MIB, "", disks(1), nics(17)));
        Disk twice = disks(1).getFirst();
        assertInvalid("disks.volume_id", () -> spec(1, 16 * MIB, "", List.of(twice, twice), nics(0)));
        Nic same = nics(1).getFirst();
        assertInvalid("nics.name", () -> spec(1, 16 * MIB, "", disks(1), List.of(same, same)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"q35,accel=kvm", "q35 ", "-q35", "q35\n", "q35;id", ","})
    void a_machine_type_is_a_plain_word(String type) {
        assertInvalid("machine_type", () -> spec(1, 16 * MIB, type, disks(1), nics(0)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "52:54:00:00:00",
                "52:54:00:00:00:0g",
                "52-54-00-00-00-01",
                "53:54:00:00:00:01",
                "ff:ff:ff:ff:ff:ff"
            })
    void a_mac_is_of_one_card(String mac) {
        assertInvalid("nics.mac", () -> new Nic("eth0", mac, NicModel.VIRTIO, ""));
    }

    @Test
    void words_of_the_contract_are_read_and_others_refused() {
        assertThat(Bus.parse("")).isEqualTo(Bus.VIRTIO);
        assertThat(Bus.parse("sata")).isEqualTo(Bus.SATA);
        assertThat(NicModel.parse("e1000")).isEqualTo(NicModel.E1000);
        assertInvalid("disks.bus", () -> Bus.parse("IDE"));
        assertInvalid("nics.model", () -> NicModel.parse("rtl8139,romfile=/etc/passwd"));
        assertInvalid("disks.serial", () -> new Disk(VolumeId.random(), Bus.VIRTIO, "x".repeat(21)));
        assertInvalid("disks.serial", () -> new Disk(VolumeId.random(), Bus.VIRTIO, "a\nb"));
        assertInvalid("direct_boot.kernel", () -> new DirectBoot("boot/vmlinuz", "", ""));
        assertInvalid("direct_boot.command_line", () -> new DirectBoot("/vmlinuz", "", "a\0b"));
        assertInvalid("machine_id", () -> new MachineId("../../etc"));
        assertInvalid("machine_id", () -> new MachineId(""));
        assertInvalid("probes.tcp.address", () -> new ReadinessProbe.Tcp("web.example", 80, ""));
        assertInvalid("probes.tcp.address", () -> new ReadinessProbe.Tcp("10.0.0.256", 80, ""));
        assertInvalid("probes.tcp.port", () -> new ReadinessProbe.Tcp("10.0.0.5", 0, ""));
        assertInvalid("probes.http.path", () -> new ReadinessProbe.Http("::1", 80, "/ HTTP/1.1\r\nX: y", ""));
        assertInvalid("probes.console.text", () -> new ReadinessProbe.Console(""));
    }

    @ParameterizedTest
    @CsvSource({
        "nbd://127.0.0.1:10809/a, 127.0.0.1, 10809, a",
        "nbd://journal.example/a/b, journal.example, 10809, a/b",
        "nbd://[::1]:1/x, ::1, 1, x",
        "'nbd://h:2/a%2Cb%20%22c', h, 2, 'a,b \"c'"
    })
    void an_export_is_read_from_its_address(String uri, String host, int port, String export) {
        assertThat(NbdAddress.parse(uri)).isEqualTo(new NbdAddress(host, port, export));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nbd://",
                "nbd://h:2",
                "nbd://h:2/",
                "http://h:2/x",
                "nbd+unix:///x?socket=/s",
                "nbd://h:70000/x",
                "nbd://u@h/x",
                "nbd://h/x?tls-hostname=y",
                "a b"
            })
    void what_is_no_address_of_an_export_is_refused(String uri) {
        assertInvalid("volumes.nbd_uri", () -> NbdAddress.parse(uri));
    }

    @Test
    void an_order_names_each_disk_and_only_cards_that_are_there() {
        MachineOrder good = Orders.order();
        assertInvalid("volumes", () -> with(good, Map.of(), good.links(), List.of()));
        assertInvalid(
                "links.nic",
                () -> with(good, good.volumes(), Map.of("eth7", new NetworkLink.HostNetwork("x")), List.of()));
        assertInvalid(
                "probes.nic",
                () -> with(good, good.volumes(), good.links(), List.of(new ReadinessProbe.Tcp("10.0.0.1", 1, "eth1"))));
        assertInvalid(
                "probes.nic",
                () -> with(good, good.volumes(), Map.of(), List.of(new ReadinessProbe.Tcp("10.0.0.1", 1, ""))));
    }

    private static MachineOrder with(
            MachineOrder order,
            Map<VolumeId, NbdAddress> volumes,
            Map<String, NetworkLink> links,
            List<ReadinessProbe> probes) {
        return new MachineOrder(
                order.id(), order.vm(), order.name(), order.run(), order.spec(), volumes, links, probes, 0);
    }
}
