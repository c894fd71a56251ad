package io.holdfast.replicationagent.adapter.machine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.replicationagent.adapter.machine.BootFiles.HostFiles;
import io.holdfast.replicationagent.adapter.machine.MachineFolders.MachineFiles;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineSpec;
import io.holdfast.replicationagent.machine.MachineSpec.Disk;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import io.holdfast.replicationagent.machine.MachineSpec.Nic;
import io.holdfast.replicationagent.machine.MachineSpec.NicModel;
import io.holdfast.replicationagent.machine.NbdAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The words that start a machine (QEMU 7.2, "Invocation"). QEMU's own option syntax gives commas a meaning, so whatever somebody else has chosen is either
 * JSON, which QEMU takes for devices, block nodes and network ends, a word of its own, or was checked to be plain.
 */
final class QemuCommand {
    /** How long a guest's request waits for a disk whose server is away. */
    private static final int RECONNECT_SECONDS = 60;

    private static final int CONSOLE_BYTES = 64 << 10;
    private static final int PORTS_OF_AHCI = 6;
    private static final int MIB_SHIFT = 20;
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    private final MachineSettings settings;
    private final MachineOrder order;
    private final MachineFolders folders;
    private final MachineFiles files;
    private final List<String> words = new ArrayList<>();

    private QemuCommand(MachineSettings settings, MachineOrder order, MachineFolders folders) {
        this.settings = settings;
        this.order = order;
        this.folders = folders;
        this.files = folders.of(order.id());
    }

    static List<String> of(
            String program, MachineSettings settings, MachineOrder order, MachineFolders folders, HostFiles host) {
        QemuCommand command = new QemuCommand(settings, order, folders);
        command.words.add(program);
        command.base();
        command.firmware(host);
        command.boot(host);
        command.console();
        command.disks();
        command.cards();
        return List.copyOf(command.words);
    }

    private void add(String... more) {
        words.addAll(List.of(more));
    }

    private void base() {
        MachineSpec spec = order.spec();
        add("-nodefaults", "-no-user-config", "-display", "none", "-vga", "std");
        // The guest waits until everything around it is there.
        add("-S");
        // A guest that has ended stays to be looked at: its last words are in QEMU's memory.
        add("-action", "shutdown=pause");
        add("-name", "guest=" + order.id() + ",process=hf-" + order.id());
        add("-uuid", order.id().uuid().toString());
        for (String accelerator : settings.accelerator().names()) {
            add("-accel", accelerator);
        }
        add("-cpu", "max");
        add("-smp", Integer.toString(spec.cpus()));
        add("-m", (spec.memoryBytes() >> MIB_SHIFT) + "M");
        add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        add("-chardev", socket("monitor", files.monitor()), "-mon", "chardev=monitor,mode=control");
        // A monitor serves one client: whoever captures the machine has one of its own.
        add("-chardev", socket("capture", files.capture()), "-mon", "chardev=capture,mode=control");
    }

    /** There is no JSON form of {@code -chardev}; the path is our own, and its commas are doubled. */
    private static String socket(String id, Path path) {
        return "socket,id=%s,path=%s,server=on,wait=off"
                .formatted(id, path.toString().replace(",", ",,"));
    }

    private void firmware(HostFiles host) {
        String type = order.spec().machineType();
        if (order.spec().firmware() == Firmware.UEFI) {
            pflash("uefi-code", host.uefiCode(), true);
            pflash("uefi-variables", files.uefiVariables(), false);
            add("-machine", (type.isEmpty() ? "q35" : type) + ",pflash0=uefi-code,pflash1=uefi-variables");
        } else if (!type.isEmpty()) {
            add("-machine", type);
        }
    }

    private void pflash(String node, Path file, boolean readOnly) {
        ObjectNode raw = JSON.createObjectNode()
                .put("driver", "raw")
                .put("node-name", node)
                .put("read-only", readOnly);
        raw.putObject("file").put("driver", "file").put("filename", file.toString());
        add("-blockdev", raw.toString());
    }

    private void boot(HostFiles host) {
        host.kernel().ifPresent(kernel -> {
            add("-kernel", kernel.toString());
            add("-append", order.spec().directBoot().orElseThrow().commandLine());
        });
        host.initrd().ifPresent(initrd -> add("-initrd", initrd.toString()));
    }

    private void console() {
        add("-chardev", "ringbuf,id=console,size=" + CONSOLE_BYTES);
        device(JSON.createObjectNode().put("driver", "isa-serial").put("chardev", "console"));
        device(JSON.createObjectNode().put("driver", "virtio-serial-pci"));
        add("-chardev", socket("agent", files.guestAgent()));
        device(JSON.createObjectNode()
                .put("driver", "virtserialport")
                .put("chardev", "agent")
                .put("name", "org.qemu.guest_agent.0"));
    }

    private void device(ObjectNode device) {
        add("-device", device.toString());
    }

    private void disks() {
        boolean scsi = order.spec().disks().stream().anyMatch(disk -> disk.bus() == MachineSpec.Bus.SCSI);
        if (scsi) {
            device(JSON.createObjectNode().put("driver", "virtio-scsi-pci").put("id", "scsi"));
        }
        int sata = 0;
        for (int i = 0; i < order.spec().disks().size(); i++) {
            Disk disk = order.spec().disks().get(i);
            add(
                    "-blockdev",
                    node(diskNode(i), order.volumes().get(disk.volume())).toString());
            ObjectNode device = JSON.createObjectNode();
            switch (disk.bus()) {
                case VIRTIO -> device.put("driver", "virtio-blk-pci");
                case SCSI ->
                    device.put("driver", "scsi-hd").put("bus", "scsi.0").put("lun", i);
                case SATA -> {
                    int controller = sata / PORTS_OF_AHCI;
                    if (sata % PORTS_OF_AHCI == 0) {
                        device(JSON.createObjectNode()
                                .put("driver", "ich9-ahci")
                                .put("id", "sata" + controller));
                    }
                    device.put("driver", "ide-hd").put("bus", "sata%d.%d".formatted(controller, sata % PORTS_OF_AHCI));
                    sata++;
                }
            }
            device.put("id", "disk-device" + i)
                    .put("drive", diskNode(i))
                    // 0 is the kernel's when the machine boots directly.
                    .put("bootindex", i + 1)
                    .put("rerror", "report")
                    .put("werror", "report");
            if (!disk.serial().isEmpty()) {
                device.put("serial", disk.serial());
            }
            device(device);
        }
    }

    /** Of the i-th disk. */
    static String diskNode(int i) {
        return "disk" + i;
    }

    private static ObjectNode node(String name, NbdAddress address) {
        ObjectNode node = JSON.createObjectNode()
                .put("driver", "nbd")
                .put("node-name", name)
                .put("export", address.export())
                .put("reconnect-delay", RECONNECT_SECONDS)
                .put("discard", "unmap");
        node.putObject("server")
                .put("type", "inet")
                .put("host", address.host())
                .put("port", Integer.toString(address.port()));
        return node;
    }

    private void cards() {
        var connections = order.connections();
        for (int i = 0; i < order.spec().nics().size(); i++) {
            Nic nic = order.spec().nics().get(i);
            ObjectNode end = JSON.createObjectNode().put("id", "net" + i);
            if (connections.containsKey(i)) {
                end.put("type", "tap")
                        .put("ifname", folders.tap(order.id(), i))
                        .put("script", "no")
                        .put("downscript", "no");
            } else {
                // An end that leads nowhere; its link is taken down before the guest is let go.
                end.put("type", "hubport").put("hubid", i);
            }
            add("-netdev", end.toString());
            device(JSON.createObjectNode()
                    .put("driver", nic.model() == NicModel.VIRTIO ? "virtio-net-pci" : "e1000")
                    .put("id", "nic" + i)
                    .put("netdev", "net" + i)
                    .put("mac", nic.mac())
                    // Guests boot from disks; without it no file of the host has to be there.
                    .put("romfile", ""));
        }
    }
}
