package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.nbd.Capability;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ReadOnlyDevice;
import io.holdfast.nbd.client.ClientOptions;
import io.holdfast.nbd.client.NbdClient;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A running machine's disk as its QEMU shows it, read-only. Connects when it is first read and again after a failure.
 *
 * <p>Two connections with different patience. A copier holds a range of the volume while it reads, and a write to that range waits for the lock; when QEMU
 * drains its requests just then, it neither answers the read nor finishes before the write is taken. Its patience is what ends that circle. The reader of a
 * write's edges is inside such a write, so it has less.
 *
 * <p>Threads: any.
 */
final class QemuSource implements ReadOnlyDevice {
    /** Longest time that a guest's write can be held up by a copy of the same range, when QEMU drains meanwhile. */
    private static final Duration COPY_PATIENCE = Duration.ofSeconds(2);
    /** Longest time that a write of less than whole blocks can wait for its edges; then it is noted instead. */
    private static final Duration EDGE_PATIENCE = Duration.ofMillis(500);

    private final QemuGate gate;
    private final long size;
    private final Connection copies;
    private final Connection edges;

    QemuSource(SocketAddress address, String export, long size, QemuGate gate) {
        this.gate = gate;
        this.size = size;
        this.copies = new Connection(address, export, size, COPY_PATIENCE);
        this.edges = new Connection(address, export, size, EDGE_PATIENCE);
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        if (gate.isHeldByReader()) {
            copies.read(offset, dst);
        } else if (gate.tryEnter()) {
            try {
                edges.read(offset, dst);
            } finally {
                gate.leave();
            }
        } else {
            throw new IOException("QEMU drains its requests just now");
        }
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        return copies.extents(offset, length, limit);
    }

    /** Ends the connections; the next read makes new ones. */
    void disconnect() {
        copies.close();
        edges.close();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of();
    }

    @Override
    public String whyReadOnly() {
        return "a running machine's disk is only read";
    }

    @Override
    public void close() {
        disconnect();
    }

    /** One connection, made when needed. */
    private static final class Connection {
        private final SocketAddress address;
        private final String export;
        private final long size;
        private final ClientOptions options;
        private final ReentrantLock opening = new ReentrantLock();
        private volatile NbdClient client;

        Connection(SocketAddress address, String export, long size, Duration patience) {
            this.address = address;
            this.export = export;
            this.size = size;
            this.options = ClientOptions.DEFAULT.withConnectTimeout(patience).withRequestTimeout(patience);
        }

        private interface Call<T> {
            T on(NbdClient client) throws IOException;
        }

        void read(long offset, ByteBuffer dst) throws IOException {
            call(client -> {
                client.read(offset, dst);
                return null;
            });
        }

        List<Extent> extents(long offset, long length, int limit) throws IOException {
            return call(client -> client.extents(offset, length, limit));
        }

        private <T> T call(Call<T> call) throws IOException {
            NbdClient current = client();
            try {
                return call.on(current);
            } catch (NbdException refused) {
                throw refused;
            } catch (IOException lost) {
                forget(current);
                throw lost;
            }
        }

        private NbdClient client() throws IOException {
            NbdClient current = client;
            if (current != null) {
                return current;
            }
            opening.lock();
            try {
                if (client == null) {
                    NbdClient opened = NbdClient.open(address, export, options);
                    if (opened.size() != size) {
                        opened.close();
                        throw new IOException("the disk has " + opened.size() + " bytes now, not " + size);
                    }
                    client = opened;
                }
                return client;
            } finally {
                opening.unlock();
            }
        }

        private void forget(NbdClient lost) {
            opening.lock();
            try {
                if (client == lost) {
                    client = null;
                }
                lost.close();
            } finally {
                opening.unlock();
            }
        }

        void close() {
            NbdClient current = client;
            if (current != null) {
                forget(current);
            }
        }
    }
}
