package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.vm.CaptureMode;
import io.holdfast.inventory.vm.VmBook;
import io.holdfast.inventory.vm.WantedCapture;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.platform.rest.Violation;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A VM that an agent is to serve. */
@Schema(name = "NewVm")
record NewVm(
        @Schema(
                description =
                        "The id that the VM has at another site, or had here before it was detached; made here when missing")
        String id,

        @NotNull String hostId,

        @NotNull @Size(min = 1, max = 200) @Pattern(regexp = NewVm.PRINTABLE, message = "has no control characters")
        String name,

        @NotNull @Size(min = 1, max = 64) List<@NotNull @Valid NewVolume> volumes,

        @Valid NewCapture capture,

        @Schema(description = "What the VM is besides its disks; without it, it can be recovered to disks only") @Valid
        NewMachine machine) {
    static final String PRINTABLE = "[^\\p{Cntrl}]*";

    private static final String SOCKET = "/[^\\p{Cntrl}]*";
    private static final String NO_SOCKET = "is an absolute path without control characters";
    /** An address of a socket holds 107 bytes. */
    private static final int SOCKET_LENGTH = 107;

    static final Set<Integer> INTERVALS_MS = Set.of(30_000, 300_000, 900_000);
    static final Set<String> FORMATS = Set.of("raw", "qcow2", "vpc", "vhdx", "vmdk");

    /**
     * @param mode null = INLINE
     * @param qmpSocket needed for TAP and INTERVAL
     * @param intervalMs of INTERVAL
     */
    @Schema(name = "NewCapture")
    record NewCapture(
            @Schema(
                    description =
                            "INLINE when missing: the VM's disks are exports of the agent. TAP and INTERVAL: a running QEMU")
            CaptureMode mode,

            @Schema(
                    description =
                            "Monitor socket of the VM's QEMU; needed for TAP and INTERVAL, below a folder that the agent allows")
            @Size(max = SOCKET_LENGTH)
            @Pattern(regexp = SOCKET, message = NO_SOCKET)
            String qmpSocket,

            @Schema(
                    description =
                            "Socket of the QEMU guest agent; without it there are no application-consistent checkpoints")
            @Size(max = SOCKET_LENGTH)
            @Pattern(regexp = SOCKET, message = NO_SOCKET)
            String guestAgentSocket,

            @Schema(description = "Of INTERVAL: 30000, 300000 or 900000")
            Integer intervalMs) {}

    /** What is asked for in effect. */
    WantedCapture wantedCapture() {
        return capture == null
                ? WantedCapture.INLINE
                : new WantedCapture(
                        mode(),
                        Objects.requireNonNullElse(capture.qmpSocket(), ""),
                        Objects.requireNonNullElse(capture.guestAgentSocket(), ""),
                        Objects.requireNonNullElse(capture.intervalMs(), 0));
    }

    private CaptureMode mode() {
        return capture == null || capture.mode() == null ? CaptureMode.INLINE : capture.mode();
    }

    /** @throws io.holdfast.kernel.error.HoldfastException {@code INVALID_ID} */
    VmBook.WantedVm wanted() {
        return new VmBook.WantedVm(
                Optional.ofNullable(id).map(VmId::parse),
                HostId.parse(hostId),
                name,
                volumes.stream().map(NewVolume::wanted).toList(),
                wantedCapture(),
                Optional.ofNullable(machine).map(NewMachine::wanted));
    }

    /** What the fields say together that they may not. */
    List<Violation> contradictions() {
        var violations = new ArrayList<Violation>();
        if (machine != null) {
            violations.addAll(machine.contradictions());
        }
        WantedCapture wanted = wantedCapture();
        boolean live = wanted.mode() != CaptureMode.INLINE;
        if (live == wanted.qmpSocket().isEmpty()) {
            violations.add(new Violation("capture.qmpSocket", "belongs to TAP and INTERVAL, and they need it"));
        }
        if ((wanted.mode() == CaptureMode.INTERVAL) != INTERVALS_MS.contains(wanted.intervalMs())
                || wanted.mode() != CaptureMode.INTERVAL && wanted.intervalMs() != 0) {
            violations.add(
                    new Violation("capture.intervalMs", "is 30000, 300000 or 900000 for INTERVAL, and missing else"));
        }
        for (int i = 0; i < volumes.size(); i++) {
            NewVolume volume = volumes.get(i);
            if (live == volume.wanted().qemuNode().isEmpty()) {
                violations.add(new Violation(
                        "volumes[%d].qemuNode".formatted(i), "belongs to TAP and INTERVAL, and they need it"));
            }
            if (!FORMATS.contains(volume.wanted().format())) {
                violations.add(new Violation(
                        "volumes[%d].format".formatted(i), "is raw, qcow2, vpc, vhdx or vmdk; raw when missing"));
            }
        }
        return violations;
    }

    /**
     * @param backing path of an image file or block device on the host
     * @param format null = raw
     * @param qemuNode needed for TAP and INTERVAL
     */
    @Schema(name = "NewVolume")
    record NewVolume(
            @Schema(
                    description =
                            "The id that the volume has at another site, or had here before; made here when missing")
            String id,

            @NotNull @Size(min = 1, max = 100) @Pattern(regexp = PRINTABLE, message = "has no control characters")
            String name,

            @NotNull
            @Size(max = 4096)
            @Pattern(regexp = "/[^\\p{Cntrl}]*", message = "is an absolute path without control characters")
            String backing,

            @Schema(description = "raw, qcow2, vpc, vhdx or vmdk; raw when missing. Never guessed from the contents")
            @Size(max = 10)
            String format,

            @Schema(description = "Of TAP and INTERVAL: name of the block node or device in QEMU")
            @Size(min = 1, max = 255)
            @Pattern(regexp = PRINTABLE, message = "has no control characters")
            String qemuNode,

            @Schema(description = "Of the disk in the recovered machine: virtio, scsi or sata; virtio when missing")
            @Pattern(regexp = "virtio|scsi|sata", message = "is virtio, scsi or sata")
            String bus,

            @Schema(description = "Of the disk in the recovered machine, as the guest sees it")
            @Pattern(
                    regexp = "[A-Za-z0-9._-]{1,20}",
                    message = "has at most 20 letters, digits, dots, dashes, underscores")
            String serial) {
        VmBook.WantedVolume wanted() {
            return new VmBook.WantedVolume(
                    Optional.ofNullable(id).map(VolumeId::parse),
                    name,
                    backing,
                    Objects.requireNonNullElse(format, "raw"),
                    Objects.requireNonNullElse(qemuNode, ""),
                    Objects.requireNonNullElse(bus, NewMachine.VIRTIO),
                    Objects.requireNonNullElse(serial, ""));
        }
    }
}
