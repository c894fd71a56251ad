package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.nbd.NbdIoException;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.capture.LiveSource;
import io.holdfast.replicationagent.capture.RegionSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One disk of a running QEMU that is looked at from time to time (docs/capture.md). A look is a snapshot: a backup job that copies what the guest is about to
 * overwrite into a scratch image, behind which the disk is read as it was. It lasts until what changed since the last one is sent.
 *
 * <p>Threads: the machine's supervisor; the source is asked by the copier.
 */
final class IntervalDisk extends LiveDisk {
    private static final long CREATE_SECONDS = 30;

    private final Path scratch;
    private final long intervalNanos;
    private final OlderBitmaps older = new OlderBitmaps();
    private boolean complete;
    private List<String> before = List.of();
    private String newest = "";
    private long beganNanos;
    private volatile long lastNanos;
    private volatile boolean asked;
    private long polls;
    private boolean sent;
    private volatile QemuMonitor monitor;
    private volatile boolean open;

    IntervalDisk(Parts parts, Path scratchDirectory, Duration interval) {
        super(parts);
        this.scratch = scratchDirectory.resolve(parts.attachment().id() + ".qcow2");
        this.intervalNanos = interval.toNanos();
    }

    @Override
    String jobId() {
        return QemuNbd.PREFIX + id();
    }

    private String scratchNode() {
        return nodeName("hfs-");
    }

    @Override
    List<Map<String, Object>> prepare(QemuMonitor qemu) throws QmpException {
        clean(qemu);
        asked = false;
        beganNanos = System.nanoTime();
        BlockNode node = requireNode(qemu);
        complete = tracking().isComplete(node);
        if (!complete) {
            for (String leftover : tracking().names(node)) {
                qemu.removeBitmap(node.name(), leftover);
            }
            node = requireNode(qemu);
        }
        before = tracking().names(node);
        newest = tracking().newName(node);
        addScratch(qemu, node);
        List<Map<String, Object>> actions = new ArrayList<>(tracking().rotation(node, newest));
        Map<String, Object> job = new LinkedHashMap<>();
        job.put("job-id", jobId());
        job.put("device", node.name());
        job.put("target", scratchNode());
        job.put("sync", "none");
        actions.add(QemuMonitor.action("blockdev-backup", job));
        return actions;
    }

    private void addScratch(QemuMonitor qemu, BlockNode node) throws QmpException {
        try {
            Files.createDirectories(scratch.getParent());
            ImageProcess.output(
                    List.of(
                            "qemu-img",
                            "create",
                            "-q",
                            "-f",
                            "qcow2",
                            "--",
                            scratch.toString(),
                            Long.toString(node.sizeBytes())),
                    CREATE_SECONDS);
        } catch (IOException failed) {
            throw QemuMonitor.scratchFailure(scratch, failed);
        }
        qemu.run(
                "blockdev-add",
                Map.of(
                        "driver",
                        "qcow2",
                        "node-name",
                        scratchNode(),
                        "file",
                        Map.of("driver", "file", "filename", scratch.toString()),
                        "backing",
                        node.name()));
    }

    @Override
    Optional<RegionSet> finish(QemuMonitor qemu, long instantMicros) throws QmpException, NbdIoException {
        BlockNode node = requireNode(qemu);
        List<String> names = new ArrayList<>(before);
        names.add(newest);
        tracking().note(names);
        monitor = qemu;
        open = true;
        sent = false;
        openSource(qemu, scratchNode(), node.sizeBytes(), new Snapshot());
        volume().readAsOf(instantMicros);
        lastNanos = beganNanos;
        older.begin();
        return complete
                ? Optional.of(nbd().read(qemu, QemuNbd.PREFIX + "bitmaps-" + id(), node, before))
                : Optional.empty();
    }

    /** What is read does not change, so nothing is in flight; but it must still be what it is said to be. */
    private final class Snapshot implements LiveSource {
        @Override
        public void enterRead() {
            gate().enterRead();
        }

        @Override
        public void leaveRead() {
            gate().leaveRead();
        }

        @Override
        public void awaitWritesInFlight() throws IOException {
            QemuMonitor current = monitor;
            if (open && (current == null || current.job(jobId()).isEmpty())) {
                throw new IOException("the snapshot has ended before it was sent");
            }
        }
    }

    @Override
    boolean isFollowed() {
        return false;
    }

    @Override
    void lookAgain() {
        asked = true;
    }

    /** A disk that is in no stream has nothing to show to anybody. */
    @Override
    boolean hasAllUpTo(long nanos) {
        return !volume().isReplicated() || lastNanos - nanos > 0;
    }

    @Override
    boolean isDue() {
        if (open || !volume().isReplicated()) {
            return false;
        }
        return asked
                || System.nanoTime() - lastNanos >= intervalNanos
                || !volume().dirty().isEmpty();
    }

    @Override
    boolean isBeingRead() {
        return open;
    }

    @Override
    long polls() {
        return polls;
    }

    /** A job that failed, for want of room for its scratch image, leaves a snapshot that is none. */
    @Override
    boolean isHealthy(QemuMonitor qemu) throws QmpException {
        return !open || qemu.job(jobId()).isPresent();
    }

    @Override
    void maintain(QemuMonitor qemu) throws QmpException {
        older.maintain(qemu, tracking(), volume(), () -> requireNode(qemu));
        boolean inSync = volume().replicaMark().isPresent();
        if (open && (inSync || !volume().isReplicated())) {
            endSnapshot(qemu);
            if (inSync && !sent) {
                sent = true;
                polls++;
            }
        }
    }

    private void endSnapshot(QemuMonitor qemu) throws QmpException {
        open = false;
        super.clean(qemu);
        qemu.endJob(jobId());
        qemu.removeNode(scratchNode());
        try {
            Files.deleteIfExists(scratch);
        } catch (IOException kept) {
            throw QemuMonitor.scratchFailure(scratch, kept);
        }
    }

    @Override
    void stopTaking() {
        // Nothing comes by itself.
    }

    @Override
    void clean(QemuMonitor qemu) throws QmpException {
        older.reset();
        endSnapshot(qemu);
    }
}
