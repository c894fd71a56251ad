package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.capture.RegionSet;
import io.holdfast.replicationagent.capture.ReplicaMark;
import io.holdfast.replicationagent.capture.TapDevice;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One disk of a running QEMU that is mirrored here: the steps of attaching, keeping and detaching (docs/capture.md has the tables).
 *
 * <p>Threads: the machine's supervisor, apart from what says otherwise.
 */
final class TapDisk extends LiveDisk {
    private final Path tapSocket;
    private final TapExports exports;
    private final Runnable broke;
    private volatile TapDevice device;
    private volatile String offered = "";
    private Optional<ReplicaMark> rotated = Optional.empty();
    private boolean rotating;

    /** @param broke is told, on any thread, that writes may be missed from now on */
    TapDisk(Parts parts, Path tapSocket, TapExports exports, Runnable broke) {
        super(parts);
        this.tapSocket = tapSocket;
        this.exports = exports;
        this.broke = broke;
    }

    @Override
    String jobId() {
        return QemuNbd.PREFIX + id();
    }

    /** Node names have at most 31 characters. */
    private String nodeName(String kind) {
        return kind + id().toString().replace("-", "").substring(0, 24);
    }

    private String targetNode() {
        return nodeName("hft-");
    }

    private String filterNode() {
        return nodeName("hff-");
    }

    @Override
    Optional<RegionSet> attach(QemuMonitor qemu) throws QmpException, NbdIoException {
        clean(qemu);
        BlockNode node = requireNode(qemu);
        boolean complete = tracking().isComplete(node);
        if (!complete) {
            for (String leftover : tracking().names(node)) {
                qemu.removeBitmap(node.name(), leftover);
            }
            String first = tracking().newName(node);
            qemu.transaction(List.of(Tracking.add(node, first)));
            tracking().note(List.of(first));
        }
        boolean mirrored = false;
        try {
            openSource(qemu, node);
            mirror(qemu, node);
            mirrored = true;
        } finally {
            if (!mirrored && !complete && qemu.isOpen()) {
                forget(qemu);
            }
        }
        if (!complete) {
            return Optional.empty();
        }
        // Everything up to here is in the older bitmaps, everything behind it arrives.
        List<String> older = tracking().names(node);
        rotate(qemu, node);
        RegionSet missed = nbd().read(qemu, QemuNbd.PREFIX + "bitmaps-" + id(), node, older);
        // They go as soon as the replica has them.
        rotating = true;
        return Optional.of(missed);
    }

    private void mirror(QemuMonitor qemu, BlockNode node) throws QmpException {
        TapDevice mine = new TapDevice(volume());
        device = mine;
        offered = exports.offer(mine, () -> connectionEnded(mine));
        qemu.run(
                "blockdev-add",
                Map.of(
                        "driver",
                        "nbd",
                        "node-name",
                        targetNode(),
                        "server",
                        Map.of("type", "unix", "path", tapSocket.toString()),
                        "export",
                        offered,
                        // Else QEMU would keep discards to itself where it mirrors them at all.
                        "discard",
                        "unmap"));
        Map<String, Object> job = new LinkedHashMap<>();
        job.put("job-id", jobId());
        job.put("device", node.name());
        job.put("target", targetNode());
        job.put("filter-node-name", filterNode());
        // Nothing but new writes: what is older is read by the copier, where order and amount are ours to decide.
        job.put("sync", "none");
        job.put("copy-mode", "write-blocking");
        job.put("on-target-error", "stop");
        qemu.run("blockdev-mirror", job);
        qemu.await("start of the mirror", () -> qemu.job(jobId())
                .orElseThrow(() -> new HoldfastException(
                        AgentError.QEMU_REFUSED, "the mirror of %s ended at its start".formatted(node.name())))
                .isMirroring());
    }

    /** An older mirror's connection may end after its successor began. */
    private void connectionEnded(TapDevice whose) {
        if (device == whose) {
            broke.run();
        }
    }

    private void rotate(QemuMonitor qemu, BlockNode node) throws QmpException {
        String next = tracking().newName(node);
        gate().drained(() -> qemu.transaction(tracking().rotation(node, next)));
        tracking().noteAlso(node, next);
    }

    @Override
    boolean isHealthy(QemuMonitor qemu) throws QmpException {
        return qemu.job(jobId()).map(BlockJob::isMirroring).orElse(false);
    }

    /**
     * Drops what the replica has: begins a new bitmap, waits until the volume is in sync behind it and that place is acknowledged, then removes the
     * older ones.
     */
    @Override
    void maintain(QemuMonitor qemu) throws QmpException {
        if (rotated.isPresent()) {
            if (volume().replicaHolds(rotated.get())) {
                BlockNode node = requireNode(qemu);
                List<String> names = tracking().names(node);
                tracking().note(List.of(names.getLast()));
                for (String older : names.subList(0, names.size() - 1)) {
                    qemu.removeBitmap(node.name(), older);
                }
                rotated = Optional.empty();
            } else if (volume().replicaMark()
                    .filter(now -> now.epoch() != rotated.get().epoch())
                    .isPresent()) {
                rotated = volume().replicaMark();
            }
        } else if (rotating) {
            rotated = volume().replicaMark();
            rotating = rotated.isEmpty();
        } else if (volume().replicaMark().isPresent()) {
            BlockNode node = requireNode(qemu);
            if (tracking().own(node).stream().anyMatch(bitmap -> bitmap.dirtyBytes() > 0)) {
                rotate(qemu, node);
                rotating = true;
            }
        }
    }

    /** Any thread. */
    @Override
    void stopTaking() {
        TapDevice current = device;
        if (current != null) {
            exports.withdraw(offered);
            current.end();
        }
    }

    @Override
    void clean(QemuMonitor qemu) throws QmpException {
        rotated = Optional.empty();
        rotating = false;
        TapDevice last = device;
        device = null;
        exports.withdraw(offered);
        try {
            qemu.endJob(jobId());
            qemu.removeNode(targetNode());
        } finally {
            if (last != null) {
                last.end();
            }
        }
        super.clean(qemu);
    }

    VolumeId id() {
        return attachment().id();
    }
}
