package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.nbd.client.ClientOptions;
import io.holdfast.nbd.client.DirtyBitmap;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.qmp.QmpException;
import io.holdfast.replicationagent.capture.RegionSet;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The NBD server inside one QEMU, through which its disks and bitmaps are read. QEMU has one at the most; another's is neither used nor stopped.
 */
final class QemuNbd {
    /** What our exports are called; everything else is somebody's. */
    static final String PREFIX = "holdfast-";

    private final Path socket;

    QemuNbd(Path socket) {
        this.socket = socket;
    }

    UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(socket);
    }

    /** @throws HoldfastException {@code QEMU_NBD_SERVER_TAKEN} */
    void ensure(QemuMonitor qemu) throws QmpException {
        if (tryStart(qemu).isEmpty() || answers()) {
            return;
        }
        boolean foreign = qemu.exports().stream().anyMatch(id -> !id.startsWith(PREFIX));
        Optional<QmpException> still = Optional.empty();
        if (!foreign) {
            qemu.run("nbd-server-stop", Map.of());
            still = tryStart(qemu);
        }
        if (foreign || still.isPresent()) {
            throw new HoldfastException(
                    AgentError.QEMU_NBD_SERVER_TAKEN,
                    "the NBD server of this QEMU serves somebody else; capture needs it at %s".formatted(socket));
        }
    }

    private Optional<QmpException> tryStart(QemuMonitor qemu) throws QmpException {
        try {
            qemu.run(
                    "nbd-server-start",
                    Map.of("addr", Map.of("type", "unix", "data", Map.of("path", socket.toString()))));
            return Optional.empty();
        } catch (QmpException refused) {
            if (refused.isFatal()) {
                throw refused;
            }
            return Optional.of(refused);
        }
    }

    private boolean answers() {
        try {
            NbdClient.list(address());
            return true;
        } catch (NbdIoException nobody) {
            return false;
        }
    }

    /** Stops the server when nobody uses it. */
    void stopIfUnused(QemuMonitor qemu) throws QmpException {
        if (qemu.exports().isEmpty() && answers()) {
            qemu.run("nbd-server-stop", Map.of());
        }
    }

    void export(QemuMonitor qemu, String id, String node, String name, List<String> bitmaps) throws QmpException {
        qemu.run(
                "block-export-add",
                Map.of(
                        "type",
                        "nbd",
                        "id",
                        id,
                        "node-name",
                        node,
                        "name",
                        name,
                        "writable",
                        false,
                        "bitmaps",
                        bitmaps));
    }

    /** What bitmaps of a node, none of which records, hold together; read through an export that lasts as long. */
    RegionSet read(QemuMonitor qemu, String id, BlockNode node, List<String> bitmaps)
            throws QmpException, NbdIoException {
        RegionSet dirty = new RegionSet(node.sizeBytes(), RegionSet.SYNC_REGION_BYTES);
        if (bitmaps.isEmpty()) {
            return dirty;
        }
        export(qemu, id, node.name(), id, bitmaps);
        try {
            for (String bitmap : bitmaps) {
                DirtyBitmap.read(address(), id, bitmap, ClientOptions.DEFAULT, dirty::add);
            }
        } finally {
            qemu.endExport(id);
        }
        return dirty;
    }
}
