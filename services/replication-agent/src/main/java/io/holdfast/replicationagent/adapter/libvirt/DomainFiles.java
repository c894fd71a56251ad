package io.holdfast.replicationagent.adapter.libvirt;

import io.holdfast.replicationagent.adapter.machine.MachineFolders.MachineFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The files of one domain. libvirt's QEMUs run as a user of their own, who can enter the sockets' folder and no other of the agent. */
record DomainFiles(MachineFiles machine) {
    /** What the guest prints, as QEMU or virtlogd writes it. */
    Path printed() {
        return machine.socketFolder().resolve("console");
    }

    /** A machine is never started a second time, so its firmware's variables need not outlive the host. */
    Path uefiVariables() {
        return machine.socketFolder().resolve("uefi-variables");
    }

    void create() throws IOException {
        machine.create();
        Files.setPosixFilePermissions(machine.socketFolder(), PosixFilePermissions.fromString("rwx--x--x"));
    }

    void delete() throws IOException {
        machine.delete();
    }
}
