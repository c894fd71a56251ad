package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineSpec.DirectBoot;
import io.holdfast.replicationagent.machine.MachineSpec.Firmware;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What machines start from, besides their disks: files of this host that the settings allow. Threads: any. */
public final class BootFiles {
    private final MachineSettings settings;

    public BootFiles(MachineSettings settings) {
        this.settings = settings;
    }

    /** Links resolved and allowed. */
    public record HostFiles(Optional<Path> kernel, Optional<Path> initrd, Path uefiCode) {}

    /**
     * Looks at what is there now.
     *
     * @throws HoldfastException {@code ADAPTER_MISSING} without firmware, {@code MACHINE_SPEC_INVALID} for a kernel that is not there or not allowed
     */
    public HostFiles filesOf(MachineOrder order) {
        if (order.spec().firmware() == Firmware.UEFI
                && !(Files.isReadable(settings.uefiCode()) && Files.isReadable(settings.uefiVariables()))) {
            throw new HoldfastException(
                    AgentError.ADAPTER_MISSING,
                    "a machine with UEFI needs %s and %s, which this host does not have; install OVMF or set holdfast.agent.machines.uefi-code and .uefi-variables"
                            .formatted(settings.uefiCode(), settings.uefiVariables()));
        }
        Optional<DirectBoot> boot = order.spec().directBoot();
        return new HostFiles(
                boot.map(direct -> allowed("direct_boot.kernel", direct.kernel())),
                boot.filter(direct -> !direct.initrd().isEmpty())
                        .map(direct -> allowed("direct_boot.initrd", direct.initrd())),
                settings.uefiCode());
    }

    /** The file with symbolic links resolved: what is checked is what is opened. */
    private Path allowed(String field, String name) {
        Path real;
        try {
            real = Path.of(name).toRealPath();
        } catch (IOException missing) {
            throw refused(field, name, "is not there");
        }
        boolean below = settings.bootRoots().stream().map(BootFiles::real).anyMatch(real::startsWith);
        if (!below || !Files.isRegularFile(real)) {
            throw refused(field, name, "is not allowed");
        }
        return real;
    }

    private HoldfastException refused(String field, String name, String why) {
        return new HoldfastException(
                AgentError.MACHINE_SPEC_INVALID,
                "%s '%s' %s; allowed: a file below holdfast.agent.machines.boot-roots %s"
                        .formatted(field, name, why, settings.bootRoots()));
    }

    private static Path real(Path root) {
        try {
            return root.toRealPath();
        } catch (IOException missing) {
            return root.toAbsolutePath().normalize();
        }
    }
}
