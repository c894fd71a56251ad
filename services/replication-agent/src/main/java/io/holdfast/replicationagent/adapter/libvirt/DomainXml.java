package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.BootFiles.HostFiles;
import io.holdfast.replicationagent.adapter.machine.MachineFolders;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.Bus;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import io.holdfast.replicationagent.machine.NbdAddress;
import java.util.regex.Pattern;
import org.w3c.dom.Element;

/**
 * A machine as libvirt describes domains (formatdomain of libvirt 9.0). The same machine as under plain QEMU: what a guest sees must not depend on the host that
 * recovers it.
 */
final class DomainXml {
    /** How long a guest's request waits for a disk whose server is away; a libvirt that does not know of it (9.0) lets it fail at once. */
    private static final int RECONNECT_SECONDS = 60;

    private static final int PORTS_OF_AHCI = 6;
    /** What reaches a guest unchanged: libvirt refuses other characters of a disk's serial number, and puts a backslash before a space. */
    private static final Pattern SERIAL = Pattern.compile("[A-Za-z0-9_.+-]*");

    private final MachineOrder order;
    private final MachineFolders folders;
    private final DomainFiles files;
    private int sata;

    private DomainXml(MachineOrder order, MachineFolders folders) {
        this.order = order;
        this.folders = folders;
        this.files = new DomainFiles(folders.of(order.id()));
    }

    /** The name of a machine's domain. */
    static String nameOf(MachineOrder order) {
        return "holdfast-" + order.id();
    }

    /**
     * Whether libvirt can be told of everything that was ordered.
     *
     * @throws HoldfastException {@code MACHINE_SPEC_INVALID}
     */
    static void check(MachineOrder order) {
        for (Disk disk : order.spec().disks()) {
            if (!SERIAL.matcher(disk.serial()).matches()) {
                throw refused("disks.serial", "it allows letters, digits, dots, underscores, plus and hyphens");
            }
        }
        if (!order.volumes().values().stream().map(NbdAddress::export).allMatch(Xml::isText)) {
            throw refused(
                    "volumes.nbd_uri", "libvirt is told of it in XML, which does not have every control character");
        }
    }

    private static HoldfastException refused(String field, String why) {
        return new HoldfastException(
                AgentError.MACHINE_SPEC_INVALID, "%s cannot be given to libvirt: %s".formatted(field, why));
    }

    /** @param type kvm, or qemu, which is emulation */
    static String of(String type, MachineOrder order, MachineFolders folders, HostFiles host) {
        DomainXml xml = new DomainXml(order, folders);
        Element domain = Xml.root("domain");
        domain.setAttribute("type", type);
        xml.identity(domain);
        xml.processor(domain);
        xml.system(domain, host);
        Element devices = Xml.add(domain, "devices");
        xml.disks(devices);
        xml.cards(devices);
        xml.channels(devices);
        return Xml.text(domain);
    }

    private void identity(Element domain) {
        Xml.add(domain, "name").setTextContent(nameOf(order));
        Xml.add(domain, "uuid").setTextContent(order.id().uuid().toString());
        new DomainTag(order.id().text(), folders.owner()).write(Xml.add(domain, "metadata"), order);
    }

    private void processor(Element domain) {
        MachineSpec spec = order.spec();
        Xml.add(domain, "memory", "unit", "b").setTextContent(Long.toString(spec.memoryBytes()));
        Xml.add(domain, "vcpu").setTextContent(Integer.toString(spec.cpus()));
        Xml.add(domain, "cpu", "mode", "maximum");
    }

    private void system(Element domain, HostFiles host) {
        String type = order.spec().machineType();
        boolean uefi = order.spec().firmware() == Firmware.UEFI;
        Element os = Xml.add(domain, "os");
        Element machine = Xml.add(os, "type", "arch", "x86_64");
        machine.setTextContent("hvm");
        if (!type.isEmpty() || uefi) {
            machine.setAttribute("machine", type.isEmpty() ? "q35" : type);
        }
        if (uefi) {
            Xml.add(os, "loader", "readonly", "yes", "type", "pflash")
                    .setTextContent(host.uefiCode().toString());
            Xml.add(os, "nvram").setTextContent(files.uefiVariables().toString());
        }
        host.kernel().ifPresent(kernel -> {
            Xml.add(os, "kernel").setTextContent(kernel.toString());
            host.initrd().ifPresent(initrd -> Xml.add(os, "initrd").setTextContent(initrd.toString()));
            Xml.add(os, "cmdline")
                    .setTextContent(order.spec().directBoot().orElseThrow().commandLine());
        });
        Element features = Xml.add(domain, "features");
        Xml.add(features, "acpi");
        Xml.add(features, "apic");
        // The agent never starts a machine a second time, and nobody else does.
        Xml.add(domain, "on_poweroff").setTextContent("destroy");
        Xml.add(domain, "on_crash").setTextContent("destroy");
    }

    private void disks(Element devices) {
        if (order.spec().disks().stream().anyMatch(disk -> disk.bus() == Bus.SCSI)) {
            Xml.add(devices, "controller", "type", "scsi", "index", "0", "model", "virtio-scsi");
        }
        for (int i = 0; i < order.spec().disks().size(); i++) {
            disk(devices, i, order.spec().disks().get(i));
        }
    }

    private void disk(Element devices, int place, Disk spec) {
        Element disk = Xml.add(devices, "disk", "type", "network", "device", "disk");
        Xml.add(disk, "driver", "name", "qemu", "type", "raw", "discard", "unmap")
                .setAttribute("error_policy", "report");
        NbdAddress address = order.volumes().get(spec.volume());
        Element source = Xml.add(disk, "source", "protocol", "nbd", "name", address.export());
        Xml.add(source, "host", "name", address.host(), "port", Integer.toString(address.port()));
        Xml.add(source, "reconnect", "delay", Integer.toString(RECONNECT_SECONDS));
        Xml.add(
                disk,
                "target",
                "dev",
                targetName(spec.bus(), place),
                "bus",
                spec.bus().text());
        switch (spec.bus()) {
            case VIRTIO -> {}
            case SCSI -> address(disk, 0, place);
            case SATA -> {
                address(disk, sata / PORTS_OF_AHCI, sata % PORTS_OF_AHCI);
                sata++;
            }
        }
        if (!spec.serial().isEmpty()) {
            Xml.add(disk, "serial").setTextContent(spec.serial());
        }
        Xml.add(disk, "boot", "order", Integer.toString(place + 1));
    }

    private static void address(Element disk, int controller, int unit) {
        Xml.add(disk, "address", "type", "drive", "controller", Integer.toString(controller), "bus", "0")
                .setAttribute("unit", Integer.toString(unit));
    }

    /** As Linux would number them: a to z, then aa. libvirt wants them to differ; guests do not see them. */
    private static String targetName(Bus bus, int place) {
        int letters = 'z' - 'a' + 1;
        String first = place < letters ? "" : String.valueOf((char) ('a' + place / letters - 1));
        return (bus == Bus.VIRTIO ? "vd" : "sd") + first + (char) ('a' + place % letters);
    }

    /**
     * libvirt opens a tap device of our name for each card, and leaves it in the host's own namespace; where it belongs, it is brought before the guest is let go. A
     * card that leads nowhere has one, too, whose link is down: the type {@code null}, made for this, ends libvirtd 9.0.0 with a segmentation fault.
     */
    private void cards(Element devices) {
        var connections = order.connections();
        for (int i = 0; i < order.spec().nics().size(); i++) {
            Nic nic = order.spec().nics().get(i);
            Element card = Xml.add(devices, "interface", "type", "ethernet");
            Xml.add(card, "mac", "address", nic.mac());
            Xml.add(card, "target", "dev", folders.tap(order.id(), i));
            Xml.add(card, "model", "type", nic.model() == NicModel.VIRTIO ? "virtio" : "e1000");
            if (!connections.containsKey(i)) {
                Xml.add(card, "link", "state", "down");
            }
            // Guests boot from disks.
            Xml.add(card, "rom", "enabled", "no");
        }
    }

    private void channels(Element devices) {
        Element serial = Xml.add(devices, "serial", "type", "file");
        Xml.add(serial, "source", "path", files.printed().toString(), "append", "on");
        Element agent = Xml.add(devices, "channel", "type", "unix");
        Xml.add(agent, "target", "type", "virtio", "name", "org.qemu.guest_agent.0");
        Element video = Xml.add(devices, "video");
        Xml.add(video, "model", "type", "vga");
        Xml.add(devices, "controller", "type", "usb", "model", "none");
        Xml.add(devices, "memballoon", "model", "none");
    }
}
