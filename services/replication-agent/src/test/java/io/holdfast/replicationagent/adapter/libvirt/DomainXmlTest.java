package io.holdfast.replicationagent.adapter.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.BootFiles.HostFiles;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.adapter.machine.MachineSettings.Accelerator;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class DomainXmlTest {
    private static final MachineFolders FOLDERS =
            new MachineFolders(Path.of("/state/machines"), Path.of("/run/s"), "agent-1");
    private static final HostFiles FILES = new HostFiles(
            Optional.of(Path.of("/boot/k<1>")), Optional.of(Path.of("/boot/i&1")), Path.of("/fw/code.fd"));

    private static MachineOrder order(Firmware firmware, List<Disk> disks, String export) {
        Map<VolumeId, NbdAddress> volumes = new HashMap<>();
        disks.forEach(disk -> volumes.put(disk.volume(), new NbdAddress("192.0.2.1", 10_809, export)));
        return new MachineOrder(
                new MachineId("machine.1"),
                VmId.random(),
                "\u0001 is no character of XML",
                RunId.random(),
                new MachineSpec(
                        3,
                        192L << 20,
                        firmware,
                        "",
                        disks,
                        List.of(
                                new Nic("eth0", "52:54:00:00:00:01", NicModel.VIRTIO, "a"),
                                new Nic("eth1", "52:54:00:00:00:02", NicModel.E1000, "b")),
                        Optional.of(new DirectBoot("/k", "/i", "root=\"<&>'"))),
                volumes,
                Map.of("eth1", new NetworkLink.IsolatedNetwork("lan")),
                List.of(),
                0);
    }

    private static Element domain(MachineOrder order) {
        return Xml.parse(DomainXml.of("qemu", order, FOLDERS, FILES));
    }

    private static List<Element> all(Element root, String name) {
        NodeList found = root.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    private static Element one(Element root, String name) {
        assertThat(all(root, name)).as(name).hasSize(1);
        return all(root, name).getFirst();
    }

    @Test
    void whatever_a_name_holds_stays_the_value_of_one_attribute() {
        String export = "a'b\"c</source><host/>&lt;]]>\r\n\t{} Grüße 😀";
        Element domain = domain(order(Firmware.BIOS, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "s-1")), export));

        assertThat(one(one(domain, "disk"), "source").getAttribute("name")).isEqualTo(export);
        assertThat(all(domain, "host")).hasSize(1);
        assertThat(one(domain, "cmdline").getTextContent()).isEqualTo("root=\"<&>'");
        assertThat(one(domain, "kernel").getTextContent()).isEqualTo("/boot/k<1>");
    }

    @Test
    void a_domain_tells_whose_it_is_and_only_that_machine_of_that_agent_is_recognized() {
        MachineOrder order = order(Firmware.BIOS, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "")), "disk");
        Element tag = (Element) one(domain(order), "metadata").getFirstChild();

        assertThat(tag.getNamespaceURI()).isEqualTo(DomainTag.NAMESPACE);
        assertThat(DomainTag.read(Xml.text(tag))).contains(new DomainTag("machine.1", "agent-1"));
        for (String foreign : List.of(
                "",
                "no XML",
                "<machine",
                "<other id='machine.1' agent='agent-1'/>",
                "<!DOCTYPE machine [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><machine id='&x;' agent='agent-1'/>")) {
            assertThat(DomainTag.read(foreign)).as(foreign).isEmpty();
        }
    }

    @Test
    void every_disk_has_a_place_of_its_own_on_its_bus() {
        List<Disk> disks = new ArrayList<>();
        for (int i = 0; i < MachineSpec.MAX_DISKS; i++) {
            disks.add(new Disk(VolumeId.random(), Bus.values()[i % 3], ""));
        }
        Set<String> targets = new HashSet<>();
        Set<String> addresses = new HashSet<>();
        for (Element disk : all(domain(order(Firmware.BIOS, disks, "disk")), "disk")) {
            targets.add(one(disk, "target").getAttribute("dev"));
            for (Element address : all(disk, "address")) {
                addresses.add(one(disk, "target").getAttribute("bus") + address.getAttribute("controller") + "."
                        + address.getAttribute("unit"));
            }
        }
        assertThat(targets).hasSize(32).contains("vda", "sdb", "sdaf");
        assertThat(addresses).as("of scsi and sata").hasSize(21).contains("sata0.0", "sata1.3", "scsi0.1");
    }

    @Test
    void a_card_that_leads_nowhere_has_its_link_down_and_the_others_have_taps_of_our_names() {
        MachineOrder order = order(Firmware.BIOS, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "")), "disk");
        List<Element> cards = all(domain(order), "interface");

        assertThat(one(cards.get(0), "link").getAttribute("state")).isEqualTo("down");
        assertThat(all(cards.get(1), "link")).isEmpty();
        assertThat(one(cards.get(1), "target").getAttribute("dev")).isEqualTo(FOLDERS.tap(order.id(), 1));
        assertThat(cards)
                .allSatisfy(card -> assertThat(card.getAttribute("type")).isEqualTo("ethernet"));
    }

    @Test
    void uefi_has_firmware_that_it_cannot_write_and_variables_of_its_own() {
        MachineOrder order = order(Firmware.UEFI, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "")), "disk");
        Element domain = domain(order);

        assertThat(one(domain, "loader").getTextContent()).isEqualTo("/fw/code.fd");
        assertThat(one(domain, "loader").getAttribute("readonly")).isEqualTo("yes");
        assertThat(one(domain, "nvram").getTextContent())
                .startsWith(FOLDERS.of(order.id()).socketFolder().toString());
        assertThat(one(one(domain, "os"), "type").getAttribute("machine")).isEqualTo("q35");
    }

    @Test
    void what_libvirt_cannot_be_told_is_refused_with_the_field() {
        assertRefused(
                order(Firmware.BIOS, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "x,id=1")), "d"), "disks.serial");
        assertRefused(
                order(Firmware.BIOS, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "a b")), "d"), "disks.serial");
        assertRefused(
                order(Firmware.BIOS, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "")), "a\u0001b"),
                "volumes.nbd_uri");
        assertRefused(
                order(Firmware.BIOS, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "")), "a\ud800b"),
                "volumes.nbd_uri");
        DomainXml.check(order(Firmware.BIOS, List.of(new Disk(VolumeId.random(), Bus.VIRTIO, "A-1_.+")), "a\nb😀"));
    }

    private static void assertRefused(MachineOrder order, String field) {
        assertThatThrownBy(() -> DomainXml.check(order)).isInstanceOfSatisfying(HoldfastException.class, refused -> {
            assertThat(refused.code()).isEqualTo(AgentError.MACHINE_SPEC_INVALID);
            assertThat(refused.getMessage()).contains(field);
        });
    }

    @Test
    void the_processor_executes_guests_where_libvirt_offers_it_for_this_architecture() {
        String without = "<capabilities><guest><arch name='x86_64'><domain type='qemu'/></arch><arch name='i686'>"
                + "<domain type='kvm'/></arch></guest></capabilities>";
        assertThat(DomainType.choose(Accelerator.AUTO, without)).isEqualTo("qemu");
        assertThat(DomainType.choose(Accelerator.KVM, without)).isEqualTo("kvm");
        String with = without.replace("<domain type='qemu'/>", "<domain type='qemu'/><domain type='kvm'/>");
        assertThat(DomainType.choose(Accelerator.AUTO, with)).isEqualTo("kvm");
        assertThat(DomainType.choose(Accelerator.TCG, with)).isEqualTo("qemu");
    }
}
