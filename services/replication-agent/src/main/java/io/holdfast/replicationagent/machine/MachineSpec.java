package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a virtual machine is, besides the bytes of its disks (F14). Bounds as in machine.proto; every violation is {@code MACHINE_SPEC_INVALID} and names the field.
 *
 * @param cpus 1 to {@value #MAX_CPUS}
 * @param memoryBytes a multiple of 1 MiB, at least 16 MiB
 * @param machineType as QEMU names it; empty = the host's default
 * @param disks in the order in which the firmware tries them
 * @param directBoot empty = the firmware boots from the disks
 */
public record MachineSpec(
        int cpus,
        long memoryBytes,
        Firmware firmware,
        String machineType,
        List<Disk> disks,
        List<Nic> nics,
        Optional<DirectBoot> directBoot) {
    public static final int MAX_CPUS = 256;
    public static final int MAX_DISKS = 32;
    public static final int MAX_NICS = 16;
    private static final long MIB = 1L << 20;
    private static final long LEAST_MEMORY = 16 * MIB;
    private static final Pattern MACHINE_TYPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /** What a machine starts from. */
    public enum Firmware {
        BIOS,
        UEFI
    }

    /** What a disk hangs on. */
    public enum Bus {
        VIRTIO,
        SCSI,
        SATA;

        /** @param text as in the contract; empty = virtio */
        public static Bus parse(String text) {
            return text.isEmpty() ? VIRTIO : oneOf(values(), "disks.bus", text, "virtio, scsi, sata");
        }

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What a network card is. */
    public enum NicModel {
        VIRTIO,
        E1000;

        /** @param text as in the contract; empty = virtio */
        public static NicModel parse(String text) {
            return text.isEmpty() ? VIRTIO : oneOf(values(), "nics.model", text, "virtio, e1000");
        }

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static <E extends Enum<E>> E oneOf(E[] values, String field, String text, String allowed) {
        for (E value : values) {
            if (value.name().toLowerCase(Locale.ROOT).equals(text)) {
                return value;
            }
        }
        throw SpecCheck.invalid(field, text, allowed);
    }

    public MachineSpec {
        SpecCheck.require(cpus >= 1 && cpus <= MAX_CPUS, "cpu_count", cpus, "1 to " + MAX_CPUS);
        SpecCheck.require(
                memoryBytes >= LEAST_MEMORY && memoryBytes % MIB == 0,
                "memory_bytes",
                memoryBytes,
                "a multiple of 1 MiB, at least 16 MiB");
        Objects.requireNonNull(firmware, "firmware");
        SpecCheck.require(
                machineType.isEmpty() || MACHINE_TYPE.matcher(machineType).matches(),
                "machine_type",
                machineType,
                "empty, or a name of letters, digits, dots, underscores and hyphens");
        disks = List.copyOf(disks);
        nics = List.copyOf(nics);
        SpecCheck.require(
                !disks.isEmpty() && disks.size() <= MAX_DISKS, "disks", disks.size() + " disks", "1 to " + MAX_DISKS);
        SpecCheck.require(nics.size() <= MAX_NICS, "nics", nics.size() + " cards", "at most " + MAX_NICS);
        SpecCheck.require(
                disks.stream().map(Disk::volume).distinct().count() == disks.size(),
                "disks.volume_id",
                "one twice",
                "each volume once");
        SpecCheck.require(
                nics.stream().map(Nic::name).distinct().count() == nics.size(),
                "nics.name",
                "one twice",
                "each name once");
        Objects.requireNonNull(directBoot, "directBoot");
    }

    /**
     * A disk of the machine.
     *
     * @param serial as the guest sees it, at most 20 printable characters; empty = none
     */
    public record Disk(VolumeId volume, Bus bus, String serial) {
        private static final int MAX_SERIAL = 20;

        public Disk {
            Objects.requireNonNull(volume, "volume");
            Objects.requireNonNull(bus, "bus");
            SpecCheck.require(
                    SpecCheck.isPrintable(serial, 0, MAX_SERIAL),
                    "disks.serial",
                    serial,
                    "at most 20 printable ASCII characters");
        }
    }

    /**
     * A network card.
     *
     * @param name a label, unique in the machine
     * @param mac six bytes in lower-case hexadecimal with colons, of one card
     * @param network its name at the machine's own site
     */
    public record Nic(String name, String mac, NicModel model, String network) {
        private static final int MAX_NAME = 200;
        private static final Pattern MAC = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");

        public Nic {
            SpecCheck.require(isLabel(name) && !name.isEmpty(), "nics.name", name, "1 to 200 characters");
            mac = mac.toLowerCase(Locale.ROOT);
            SpecCheck.require(
                    MAC.matcher(mac).matches() && (Integer.parseInt(mac.substring(0, 2), 16) & 1) == 0,
                    "nics.mac",
                    mac,
                    "six bytes in hexadecimal with colons, the lowest bit of the first 0");
            Objects.requireNonNull(model, "model");
            SpecCheck.require(isLabel(network), "nics.network", network, "at most 200 characters");
        }

        static boolean isLabel(String text) {
            return text.length() <= MAX_NAME && text.indexOf('\0') < 0;
        }
    }

    /**
     * Kernel and initial file system from the host.
     *
     * @param kernel absolute path
     * @param initrd absolute path; empty = none
     */
    public record DirectBoot(String kernel, String initrd, String commandLine) {
        private static final int MAX_PATH = 1_024;
        /** As long as Linux takes on x86. */
        private static final int MAX_COMMAND_LINE = 2_047;

        public DirectBoot {
            SpecCheck.require(isPath(kernel), "direct_boot.kernel", kernel, "an absolute path");
            SpecCheck.require(
                    initrd.isEmpty() || isPath(initrd), "direct_boot.initrd", initrd, "empty, or an absolute path");
            SpecCheck.require(
                    SpecCheck.isPrintable(commandLine, 0, MAX_COMMAND_LINE),
                    "direct_boot.command_line",
                    commandLine,
                    "at most 2047 printable ASCII characters");
        }

        private static boolean isPath(String text) {
            return text.startsWith("/") && text.length() <= MAX_PATH && text.indexOf('\0') < 0;
        }
    }
}
