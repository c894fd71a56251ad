package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.capture.LiveSource;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One disk of a running QEMU, whichever way it is captured. Threads: the machine's supervisor, apart from what says otherwise. */
abstract class LiveDisk {
    /** What the disks of one machine share, and what is this one's. */
    record Parts(VolumeAttachment attachment, QemuNbd nbd, QemuGate gate, Tracking tracking) {}

    private final Parts parts;
    private volatile Volume volume;
    private volatile QemuSource source;

    LiveDisk(Parts parts) {
        this.parts = parts;
    }

    VolumeAttachment attachment() {
        return parts.attachment();
    }

    QemuNbd nbd() {
        return parts.nbd();
    }

    QemuGate gate() {
        return parts.gate();
    }

    Tracking tracking() {
        return parts.tracking();
    }

    /** There since the first attach. */
    Volume volume() {
        return volume;
    }

    /** Of the block job that works for this disk while it is attached. */
    abstract String jobId();

    /**
     * First half of capturing the disk, whatever an earlier attempt or process left in QEMU.
     *
     * @return what is to be done for all disks of the machine at one instant
     */
    abstract List<Map<String, Object>> prepare(QemuMonitor qemu) throws QmpException;

    /**
     * Second half, behind that instant: the disk is captured when it returns.
     *
     * @param instantMicros that instant, the same for all disks of the machine; not later than it was
     * @return what was missed since the last time; empty = unknown
     */
    abstract Optional<RegionSet> finish(QemuMonitor qemu, long instantMicros) throws QmpException, NbdIoException;

    /** Whether every write is followed; else the disk is looked at from time to time. */
    abstract boolean isFollowed();

    /** Whether a new look at the disk is due, for which it is interrupted. */
    boolean isDue() {
        return false;
    }

    /** The guest stands still: a new look shows all that it ever wrote. Any thread. */
    void lookAgain() {}

    /** Whether what the guest wrote before this instant is captured, or noted as missing. Any thread. */
    boolean hasAllUpTo(long nanos) {
        return true;
    }

    /** Whether the last look is still being sent. */
    boolean isBeingRead() {
        return false;
    }

    /** Looks that were completed since the start. */
    long polls() {
        return 0;
    }

    /** Whether QEMU still does what it was told. */
    abstract boolean isHealthy(QemuMonitor qemu) throws QmpException;

    /** What has to be done every few seconds. */
    abstract void maintain(QemuMonitor qemu) throws QmpException;

    /** Nothing is taken from QEMU any more; returns when nothing is being taken. Any thread. */
    abstract void stopTaking();

    private String readExport() {
        return QemuNbd.PREFIX + "read-" + attachment().id();
    }

    /** Removes what capture put into QEMU, apart from bitmaps: what was written stays noted. */
    void clean(QemuMonitor qemu) throws QmpException {
        QemuSource current = source;
        if (current != null) {
            current.disconnect();
        }
        qemu.endExport(readExport());
        qemu.endExport(QemuNbd.PREFIX + "bitmaps-" + attachment().id());
    }

    VolumeId id() {
        return attachment().id();
    }

    /** Node names have at most 31 characters. */
    String nodeName(String kind) {
        return kind + id().toString().replace("-", "").substring(0, 24);
    }

    /** Removes the bitmaps too. */
    void forget(QemuMonitor qemu) throws QmpException {
        clean(qemu);
        BlockNode node = qemu.find(attachment().qemuNode());
        for (String bitmap : tracking().names(node)) {
            qemu.removeBitmap(node.name(), bitmap);
        }
        tracking().forget();
    }

    /** @throws HoldfastException when the node is missing or cannot be captured */
    BlockNode requireNode(QemuMonitor qemu) throws QmpException {
        BlockNode node = qemu.find(attachment().qemuNode());
        if (node.readOnly()) {
            throw new HoldfastException(
                    AgentError.QEMU_NODE_UNSUITABLE, "node '%s' is read-only in QEMU".formatted(node.name()));
        }
        if (node.sizeBytes() == 0 || node.sizeBytes() % Block.SIZE_BYTES != 0) {
            throw new HoldfastException(
                    AgentError.SIZE_NOT_ALIGNED,
                    "node '%s' has %d bytes; a disk has a multiple of %d, at least one"
                            .formatted(node.name(), node.sizeBytes(), Block.SIZE_BYTES));
        }
        if (node.sizeBytes() > RegionSet.MAX_VOLUME_BYTES) {
            throw new HoldfastException(
                    AgentError.VOLUME_TOO_LARGE,
                    "node '%s' has %d bytes; at most %d are supported"
                            .formatted(node.name(), node.sizeBytes(), RegionSet.MAX_VOLUME_BYTES));
        }
        if (volume != null && volume.size() != node.sizeBytes()) {
            throw new HoldfastException(
                    AgentError.QEMU_NODE_UNSUITABLE,
                    "node '%s' had %d bytes and has %d now; detach the machine and attach it again"
                            .formatted(node.name(), volume.size(), node.sizeBytes()));
        }
        return node;
    }

    /** Makes the disk readable, and the volume at the first time. */
    void openSource(QemuMonitor qemu, String node, long sizeBytes, LiveSource live) throws QmpException {
        nbd().export(qemu, readExport(), node, readExport(), List.of());
        if (volume == null) {
            source = new QemuSource(nbd().address(), readExport(), sizeBytes, gate());
            volume = Volume.live(attachment().id(), source, live);
        }
    }

    void disconnect() {
        QemuSource current = source;
        if (current != null) {
            current.disconnect();
        }
    }
}
