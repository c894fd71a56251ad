package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How machines of recovery runs are hosted.
 *
 * @param hypervisor what runs them
 * @param accelerator what executes guests
 * @param memoryLimit of all machines together
 * @param bridges the host's networks: name to bridge
 * @param bootRoots folders below which kernels and initial file systems may lie that machines boot directly; empty = none may
 * @param uefiCode UEFI firmware
 * @param uefiVariables what the variables of a new machine with UEFI are copied from
 * @param endWithAgent whether an orderly end of the agent cuts the machines' power
 */
public record MachineSettings(
        Hypervisor hypervisor,
        Accelerator accelerator,
        DataSize memoryLimit,
        Map<String, String> bridges,
        List<Path> bootRoots,
        Path uefiCode,
        Path uefiVariables,
        boolean endWithAgent) {
    /** What Debian calls it. */
    public static final String PROGRAM = "qemu-system-x86_64";

    /** What executes guests. */
    public enum Accelerator {
        /** The processor where the host lets it, else emulation. */
        AUTO("kvm", "tcg"),
        KVM("kvm"),
        /** Emulation: ten times slower, works everywhere. */
        TCG("tcg");

        private final List<String> names;

        Accelerator(String... names) {
            this.names = List.of(names);
        }

        /** As QEMU names them, in the order in which they are tried. */
        List<String> names() {
            return names;
        }

        /**
         * @param text auto, kvm or tcg
         * @throws HoldfastException {@code INVALID_CONFIGURATION}
         */
        public static Accelerator parse(String text) {
            for (Accelerator one : values()) {
                if (one.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return one;
                }
            }
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "holdfast.agent.machines.accelerator is '%s'; auto, kvm and tcg are allowed".formatted(text));
        }
    }

    public MachineSettings {
        bridges = Map.copyOf(bridges);
        bootRoots = List.copyOf(bootRoots);
    }

    /** Without networks, direct boot and UEFI. */
    public static MachineSettings plain(DataSize memoryLimit) {
        Path none = Path.of("/nonexistent");
        return new MachineSettings(
                new Hypervisor.Qemu(PROGRAM), Accelerator.AUTO, memoryLimit, Map.of(), List.of(), none, none, false);
    }
}
