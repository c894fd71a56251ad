package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.capture.RegionSet;
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
    private final OlderBitmaps older = new OlderBitmaps();

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

    private String targetNode() {
        return nodeName("hft-");
    }

    private String filterNode() {
        return nodeName("hff-");
    }

    @Override
    List<Map<String, Object>> prepare(QemuMonitor qemu) throws QmpException {
        clean(qemu);
        // Disks of a tap need no common instant: they have their writes' order.
        return List.of();
    }

    @Override
    Optional<RegionSet> finish(QemuMonitor qemu, long instantMicros) throws QmpException, NbdIoException {
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
            openSource(qemu, node.name(), node.sizeBytes(), gate());
            mirror(qemu, node);
            if (!complete) {
                // Behind this every write that reaches the disk comes here.
                gate().drained(() -> qemu.transaction(List.of()));
            }
            mirrored = true;
        } finally {
            if (!mirrored && !complete && qemu.isOpen()) {
                forget(qemu);
            }
        }
        if (!complete) {
            device.beginCapture();
            return Optional.empty();
        }
        // Everything up to here is in the older bitmaps, everything behind it arrives.
        List<String> before = tracking().names(node);
        rotate(qemu, node);
        device.beginCapture();
        RegionSet missed = nbd().read(qemu, QemuNbd.PREFIX + "bitmaps-" + id(), node, before);
        // They go as soon as the replica has them.
        older.begin();
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
    boolean isFollowed() {
        return true;
    }

    @Override
    boolean isHealthy(QemuMonitor qemu) throws QmpException {
        return qemu.job(jobId()).map(BlockJob::isMirroring).orElse(false);
    }

    @Override
    void maintain(QemuMonitor qemu) throws QmpException {
        if (older.maintain(qemu, tracking(), volume(), () -> requireNode(qemu))
                && volume().replicaMark().isPresent()) {
            BlockNode node = requireNode(qemu);
            if (tracking().own(node).stream().anyMatch(bitmap -> bitmap.dirtyBytes() > 0)) {
                rotate(qemu, node);
                older.begin();
            }
        }
    }

    /** Also one that an earlier process left, to whose export QEMU comes back. */
    private void endMirror(QemuMonitor qemu, TapDevice last) throws QmpException {
        Optional<BlockNode> target = qemu.node(targetNode());
        if (target.isPresent()) {
            if (last != null) {
                last.forgetAfterEnd();
            }
            try (var _ = exports.drain(id(), target.get().sizeBytes())) {
                new MirrorEnding(qemu, jobId()).await();
                qemu.removeNode(targetNode());
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
        older.reset();
        TapDevice last = device;
        device = null;
        exports.withdraw(offered);
        try {
            endMirror(qemu, last);
        } finally {
            if (last != null) {
                last.end();
            }
        }
        super.clean(qemu);
    }
}
