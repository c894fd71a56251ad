package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.replicationagent.machine.MachineId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the files of machines are, and what the kernel's objects for them are called. Names are derived, so that a crashed agent finds them again, and carry the
 * owner, so that two agents of one host leave each other's alone.
 *
 * @param state folder that survives a restart of the host: console, log, process id, firmware variables
 * @param sockets folder for sockets; short, as a socket's address is
 * @param owner who runs these machines: the agent's id
 */
public record MachineFolders(Path state, Path sockets, String owner) {
    private static final int OWNER_DIGITS = 8;
    private static final int NETWORK_DIGITS = 16;
    /** An interface's name has 15 bytes. */
    private static final int TAP_DIGITS = 13;

    /** The files of one machine. */
    public record MachineFiles(Path folder, Path socketFolder) {
        public Path processId() {
            return folder.resolve("process");
        }

        public Path console() {
            return folder.resolve("console");
        }

        public Path log() {
            return folder.resolve("qemu.log");
        }

        /** Of the guest, while a picture of it is taken. */
        public Path display() {
            return folder.resolve("display");
        }

        public Path uefiVariables() {
            return folder.resolve("uefi-variables");
        }

        public Path monitor() {
            return socketFolder.resolve("qmp");
        }

        /** A second monitor, for whoever captures the machine. */
        public Path capture() {
            return socketFolder.resolve("capture");
        }

        public Path guestAgent() {
            return socketFolder.resolve("qga");
        }

        public void create() throws IOException {
            var onlyOurs = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
            Files.createDirectories(folder.getParent());
            Files.createDirectories(socketFolder.getParent());
            for (Path each : List.of(folder, socketFolder)) {
                if (Files.notExists(each)) {
                    // Who can speak to the monitor can do anything that QEMU can.
                    Files.createDirectory(each, onlyOurs);
                }
            }
        }

        public void delete() throws IOException {
            for (Path each : List.of(folder, socketFolder)) {
                if (Files.exists(each)) {
                    try (Stream<Path> all = Files.walk(each)) {
                        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                            Files.deleteIfExists(path);
                        }
                    }
                }
            }
        }
    }

    public MachineFiles of(MachineId machine) {
        return new MachineFiles(
                state.resolve(machine.text()), sockets.resolve("m-" + digest("sockets/" + machine, NETWORK_DIGITS)));
    }

    /** What the names of all its isolated networks begin with. */
    public String namespacePrefix() {
        return "hf-" + digest("owner", OWNER_DIGITS) + "-";
    }

    /** What an isolated network is called. */
    public String namespace(String run, String network) {
        return namespacePrefix() + digest("network/" + run + "/" + network, NETWORK_DIGITS);
    }

    /** What the tap device of a machine's card is called. */
    public String tap(MachineId machine, int card) {
        return "hf" + digest("tap/" + machine + "/" + card, TAP_DIGITS);
    }

    private String digest(String what, int digits) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest((owner + "/" + what).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, digits);
        } catch (NoSuchAlgorithmException absent) {
            throw new AssertionError("every JDK has SHA-256", absent);
        }
    }
}
