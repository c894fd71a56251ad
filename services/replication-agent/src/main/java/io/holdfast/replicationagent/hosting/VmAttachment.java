package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.id.VmId;
import io.holdfast.kernel.id.VolumeId;
import java.util.List;
import java.util.Objects;

/** What an AttachVm command asks for, and what is served again after a restart. */
public record VmAttachment(VmId id, String name, List<VolumeAttachment> volumes) {
    public VmAttachment {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        volumes = List.copyOf(volumes);
    }

    /** @param backing path of a raw file or block device on this host, as given */
    public record VolumeAttachment(VolumeId id, String name, String backing) {
        public VolumeAttachment {
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
