package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.vm.MachineSpec;
import io.holdfast.platform.rest.Violation;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What a VM is besides its disks: kept with every checkpoint, so that a recovery can start it (F14). */
@Schema(name = "NewMachine")
record NewMachine(
        @Min(1) @Max(256) int cpuCount,

        @Schema(description = "A multiple of 1 MiB, at least 16 MiB") @Min(16 << 20)
        long memoryBytes,

        @Schema(description = "BIOS when missing") MachineSpec.Firmware firmware,

        @Schema(description = "Machine type of QEMU, such as q35; the recovering host's default when missing")
        @Pattern(regexp = "[a-z0-9._-]{1,40}", message = "is a machine type as QEMU names them")
        String machineType,

        @Size(max = 16) List<@NotNull @Valid NewNic> nics,

        @Valid NewDirectBoot directBoot) {
    static final String VIRTIO = "virtio";
    private static final String LABEL = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";
    private static final String LABEL_IS = "has letters, digits, dots, dashes and underscores, at most 63";

    @Schema(name = "NewNic")
    record NewNic(
            @NotNull @Pattern(regexp = LABEL, message = LABEL_IS)
            String name,

            @NotNull
            @Pattern(
                    regexp = "[0-9a-f][02468ace](:[0-9a-f]{2}){5}",
                    message = "is a unicast address such as 52:54:00:12:34:56, in small letters")
            String mac,

            @Schema(description = "virtio or e1000; virtio when missing")
            @Pattern(regexp = "virtio|e1000", message = "is virtio or e1000")
            String model,

            @Schema(description = "Name of the network at this site; recovery plans map it")
            @NotNull
            @Pattern(regexp = LABEL, message = LABEL_IS)
            String network) {}

    @Schema(name = "NewDirectBoot")
    record NewDirectBoot(
            @NotNull
            @Size(max = 4096)
            @Pattern(regexp = "/[^\\p{Cntrl}]*", message = "is an absolute path without control characters")
            String kernel,

            @Size(max = 4096)
            @Pattern(regexp = "/[^\\p{Cntrl}]*", message = "is an absolute path without control characters")
            String initrd,

            @Size(max = 2048) @Pattern(regexp = NewVm.PRINTABLE, message = "has no control characters")
            String commandLine) {}

    /** What the fields say together that they may not. */
    List<Violation> contradictions() {
        var violations = new ArrayList<Violation>();
        if (memoryBytes % (1 << 20) != 0) {
            violations.add(new Violation("machine.memoryBytes", "is a multiple of 1 MiB"));
        }
        var names = new HashSet<String>();
        for (int i = 0; i < nicsOrNone().size(); i++) {
            if (!names.add(nicsOrNone().get(i).name())) {
                violations.add(new Violation("machine.nics[%d].name".formatted(i), "is the name of another NIC"));
            }
        }
        return violations;
    }

    private List<NewNic> nicsOrNone() {
        return Objects.requireNonNullElse(nics, List.of());
    }

    /** Without disks: they come from the volumes. */
    MachineSpec wanted() {
        return new MachineSpec(
                cpuCount,
                memoryBytes,
                Objects.requireNonNullElse(firmware, MachineSpec.Firmware.BIOS),
                Objects.requireNonNullElse(machineType, ""),
                List.of(),
                nicsOrNone().stream()
                        .map(nic -> new MachineSpec.Nic(
                                nic.name(), nic.mac(), Objects.requireNonNullElse(nic.model(), VIRTIO), nic.network()))
                        .toList(),
                Optional.ofNullable(directBoot)
                        .map(boot -> new MachineSpec.DirectBoot(
                                boot.kernel(),
                                Objects.requireNonNullElse(boot.initrd(), ""),
                                Objects.requireNonNullElse(boot.commandLine(), ""))));
    }
}
