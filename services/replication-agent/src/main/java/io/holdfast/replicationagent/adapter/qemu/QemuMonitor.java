package io.holdfast.replicationagent.adapter.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qmp.QmpClient;
import io.holdfast.replicationagent.adapter.qmp.QmpEvent;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.adapter.qmp.QmpLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** The few commands of one QEMU's monitor that capture needs. Threads: any. */
final class QemuMonitor implements AutoCloseable {
    private static final long POLL_NANOS = 5_000_000;
    private static final long GONE_NANOS = 20_000_000_000L;

    private final QmpClient qmp;

    private QemuMonitor(QmpClient qmp) {
        this.qmp = qmp;
    }

    static QemuMonitor open(Path socket, Consumer<QmpEvent> events, Runnable ended) throws QmpException {
        return new QemuMonitor(QmpClient.connect(socket, QmpLimits.DEFAULT, events, ended));
    }

    JsonNode run(String command, Map<String, ?> arguments) throws QmpException {
        return qmp.execute(command, arguments);
    }

    /** One action of a {@link #transaction}. */
    static Map<String, Object> action(String type, Map<String, ?> data) {
        return Map.of("type", type, "data", data);
    }

    /**
     * Carries out the actions at one instant of all disks: QEMU waits until no request is in flight anywhere, then does them. With no actions it
     * only waits.
     */
    void transaction(List<Map<String, Object>> actions) throws QmpException {
        qmp.execute("transaction", Map.of("actions", actions));
    }

    List<BlockNode> nodes() throws QmpException {
        List<BlockNode> nodes = new ArrayList<>();
        for (JsonNode node : qmp.execute("query-named-block-nodes", Map.of("flat", true))) {
            nodes.add(BlockNode.of(node));
        }
        return nodes;
    }

    Optional<BlockNode> node(String name) throws QmpException {
        return nodes().stream().filter(node -> node.name().equals(name)).findFirst();
    }

    /**
     * The node of this name, or the one that the device of this name has as its medium.
     *
     * @throws HoldfastException {@code QEMU_NODE_MISSING}
     */
    BlockNode find(String nodeOrDevice) throws QmpException {
        Optional<BlockNode> named = node(nodeOrDevice);
        if (named.isPresent()) {
            return named.get();
        }
        for (JsonNode device : qmp.execute("query-block")) {
            if (device.path("device").asText().equals(nodeOrDevice)
                    || device.path("qdev").asText().equals(nodeOrDevice)) {
                Optional<BlockNode> medium =
                        node(device.path("inserted").path("node-name").asText());
                if (medium.isPresent()) {
                    return medium.get();
                }
            }
        }
        throw new HoldfastException(
                AgentError.QEMU_NODE_MISSING,
                "QEMU has no block node and no device with a medium of the name '%s'".formatted(nodeOrDevice));
    }

    List<BlockJob> jobs() throws QmpException {
        List<BlockJob> jobs = new ArrayList<>();
        for (JsonNode job : qmp.execute("query-block-jobs")) {
            jobs.add(BlockJob.of(job));
        }
        return jobs;
    }

    Optional<BlockJob> job(String id) throws QmpException {
        return jobs().stream().filter(job -> job.id().equals(id)).findFirst();
    }

    List<String> exports() throws QmpException {
        List<String> ids = new ArrayList<>();
        for (JsonNode export : qmp.execute("query-block-exports")) {
            ids.add(export.path("id").asText());
        }
        return ids;
    }

    /** Ends the job if there is one, whatever its state; returns when it is gone. The disk is left alone. Not for mirrors: {@link MirrorEnding}. */
    void endJob(String id) throws QmpException {
        if (job(id).isPresent()) {
            qmp.execute("block-job-cancel", Map.of("device", id, "force", true));
            await("end of job " + id, () -> job(id).isEmpty());
        }
    }

    void endExport(String id) throws QmpException {
        if (exports().contains(id)) {
            qmp.execute("block-export-del", Map.of("id", id, "mode", "hard"));
            await("end of export " + id, () -> !exports().contains(id));
        }
    }

    void removeNode(String name) throws QmpException {
        if (node(name).isPresent()) {
            qmp.execute("blockdev-del", Map.of("node-name", name));
        }
    }

    void removeBitmap(String node, String bitmap) throws QmpException {
        qmp.execute("block-dirty-bitmap-remove", Map.of("node", node, "name", bitmap));
    }

    /** A condition that QEMU is asked about. */
    interface Condition {
        boolean holds() throws QmpException;
    }

    void await(String what, Condition condition) throws QmpException {
        long start = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - start > GONE_NANOS) {
                throw new HoldfastException(AgentError.QEMU_REFUSED, "not within 20 s in QEMU: " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    boolean isOpen() {
        return qmp.isOpen();
    }

    @Override
    public void close() {
        qmp.close();
    }

    static HoldfastException scratchFailure(Path scratch, IOException failed) {
        return new HoldfastException(
                AgentError.SCRATCH_UNUSABLE,
                "the scratch image %s cannot be made or removed (%s); holdfast.agent.scratch-directory is a folder with room that QEMU may write to"
                        .formatted(scratch, failed.getMessage()),
                failed);
    }

    static HoldfastException failure(QmpException failed) {
        return new HoldfastException(
                failed.isFatal() ? AgentError.QEMU_UNREACHABLE : AgentError.QEMU_REFUSED, failed.getMessage(), failed);
    }
}
