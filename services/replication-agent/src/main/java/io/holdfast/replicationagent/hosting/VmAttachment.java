package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.replicationagent.machine.MachineSpec;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What an AttachVm command asks for, and what is served again after a restart.
 *
 * @param guestAgentSocket path of the socket of the guest agent inside; empty = there is none
 * @param machine what the machine is besides its disks; empty = not known
 */
public record VmAttachment(
        VmId id,
        String name,
        List<VolumeAttachment> volumes,
        Capture capture,
        String guestAgentSocket,
        Optional<MachineSpec> machine) {
    public VmAttachment {
        Objects.requireNonNull(machine, "machine");
        Objects.requireNonNull(capture, "capture");
        Objects.requireNonNull(guestAgentSocket, "guestAgentSocket");
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        volumes = List.copyOf(volumes);
    }

    /** A machine that nothing is known of besides its disks. */
    public VmAttachment(
            VmId id, String name, List<VolumeAttachment> volumes, Capture capture, String guestAgentSocket) {
        this(id, name, volumes, capture, guestAgentSocket, Optional.empty());
    }

    /** Inline, without a guest agent. */
    public VmAttachment(VmId id, String name, List<VolumeAttachment> volumes) {
        this(id, name, volumes, Capture.INLINE, "");
    }

    /** The same attachment of a machine that is this besides its disks. */
    public VmAttachment withMachine(Optional<MachineSpec> other) {
        return new VmAttachment(id, name, volumes, capture, guestAgentSocket, other);
    }

    /** The same machine with these volumes. */
    public VmAttachment withVolumes(List<VolumeAttachment> others) {
        return new VmAttachment(id, name, others, capture, guestAgentSocket, machine);
    }

    /**
     * One disk.
     *
     * @param backing path of an image file or block device on this host, as given; only a label when the machine is captured live
     * @param qemuNode block node or device of the running QEMU; empty when captured inline
     */
    public record VolumeAttachment(VolumeId id, String name, String backing, BackingFormat format, String qemuNode) {
        /** Raw, inline. */
        public VolumeAttachment(VolumeId id, String name, String backing) {
            this(id, name, backing, BackingFormat.RAW, "");
        }

        public VolumeAttachment {
            Objects.requireNonNull(format, "format");
            Objects.requireNonNull(qemuNode, "qemuNode");
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(backing, "backing");
        }

        /**
         * The disk's serial number as the guest sees it: derived from the id, so it never changes, and at most 20 characters, which
         * is what virtio-blk and SCSI carry.
         */
        public String serial() {
            return "HF" + id.toString().replace("-", "").substring(0, 18);
        }
    }
}
