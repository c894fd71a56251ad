package io.holdfast.nbd.server;

import io.holdfast.nbd.ExportCatalog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Serves the exports of a catalog over TCP and Unix-domain sockets. See the package description for threads and bounds.
 *
 * <pre>{@code
 * try (var server = new NbdServer(ExportCatalog.single("disk", device))) {
 *     int port = server.listenTcp("127.0.0.1", 0).getPort();
 *     server.listen(UnixDomainSocketAddress.of(path));
 * }
 * }</pre>
 *
 * <p>Threads: all methods may be called by any thread. Does not own the devices.
 */
public final class NbdServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(NbdServer.class.getName());
    private static final AtomicInteger SERVER_NUMBER = new AtomicInteger();

    private final ExportCatalog catalog;
    private final ServerLimits limits;
    private final BufferPool pool;
    private final String name = "nbd" + SERVER_NUMBER.incrementAndGet();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger slots = new AtomicInteger();
    private final AtomicInteger connectionNumber = new AtomicInteger();
    private final LongAdder accepted = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder expired = new LongAdder();
    private final LongAdder protocolErrors = new LongAdder();
    private volatile boolean full;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Connection.Host host = new ConnectionHost();

    /** A server with default limits that listens nowhere yet. */
    public NbdServer(ExportCatalog catalog) {
        this(catalog, ServerLimits.DEFAULT);
    }

    /** A server that listens nowhere yet. */
    public NbdServer(ExportCatalog catalog, ServerLimits limits) {
        this.catalog = Objects.requireNonNull(catalog);
        this.limits = Objects.requireNonNull(limits);
        this.pool = new BufferPool(limits.payloadMemoryBytes());
        Thread.ofPlatform().daemon().name(name + "-warden").start(this::watch);
    }

    /**
     * Listens on one more address: an {@link InetSocketAddress} (port 0 picks a free one) or a {@link java.net.UnixDomainSocketAddress}. A socket file
     * that nobody listens on is replaced; the file is deleted when the server closes.
     *
     * @return the address in effect
     * @throws IOException if the address cannot be bound
     */
    public SocketAddress listen(SocketAddress address) throws IOException {
        if (closing.getCount() == 0) {
            throw new IOException("the server is closed");
        }
        Listener listener = Listener.bind(address, name + "-accept", this::accept);
        listeners.add(listener);
        if (closing.getCount() == 0) {
            listener.close();
        }
        return listener.address();
    }

    /** {@link #listen} on TCP. */
    public InetSocketAddress listenTcp(String host, int port) throws IOException {
        return (InetSocketAddress) listen(new InetSocketAddress(host, port));
    }

    /** Numbers for metrics and tests. */
    public ServerStats stats() {
        return new ServerStats(
                connections.size(),
                connections.stream().mapToInt(Connection::workerCount).sum(),
                pool.lentBytes(),
                accepted.sum(),
                refused.sum(),
                expired.sum(),
                protocolErrors.sum());
    }

    private void accept(SocketChannel channel) throws IOException {
        if (slots.incrementAndGet() > limits.connections()) {
            slots.decrementAndGet();
            // Counted first: who sees the end of the connection finds it counted.
            refused.increment();
            channel.close();
            // Said once per episode: a client that keeps knocking must not fill the log.
            if (!full) {
                full = true;
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0}: connections are refused, the limit of {1} is reached",
                        name,
                        limits.connections());
            }
            return;
        }
        full = false;
        boolean started = false;
        Connection connection = new Connection(host, channel, name + "-c" + connectionNumber.incrementAndGet());
        connections.add(connection);
        try {
            if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                // An idle guest is silent for hours; this finds out when its host is gone.
                channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            }
            connection.start();
            started = true;
            accepted.increment();
        } finally {
            if (!started) {
                forget(connection);
                channel.close();
            }
        }
        if (closing.getCount() == 0) {
            connection.abort();
        }
    }

    private void forget(Connection connection) {
        if (connections.remove(connection)) {
            slots.decrementAndGet();
        }
    }

    private void watch() {
        long shortest = Math.min(
                limits.handshakeTimeout().toNanos(), limits.stallTimeout().toNanos());
        long tick = Math.clamp(shortest / 4, 1_000_000L, 1_000_000_000L);
        try {
            while (!closing.await(tick, TimeUnit.NANOSECONDS)) {
                for (Connection connection : connections) {
                    String reason = connection.overdue(System.nanoTime());
                    if (reason != null) {
                        expired.increment();
                        LOG.log(System.Logger.Level.WARNING, "{0}: connection ended: {1}", connection, reason);
                        connection.abort();
                    }
                }
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.ERROR, name + ": the warden was interrupted; timeouts are off");
        }
    }

    /**
     * Stops listening, lets requests in flight finish for the close grace, then ends the connections. Returns when every connection is gone
     * or, if a device hangs, after another grace: its worker then leaves when the device returns. May be called again.
     */
    @Override
    public void close() {
        closing.countDown();
        listeners.forEach(Listener::close);
        connections.forEach(Connection::finish);
        long grace = limits.closeGrace().toNanos();
        if (!awaitConnections(grace)) {
            connections.forEach(Connection::abort);
            if (!awaitConnections(Math.max(grace, TimeUnit.SECONDS.toNanos(1)))) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0}: closed while {1} connections wait for their device",
                        name,
                        connections.size());
            }
        }
    }

    private boolean awaitConnections(long nanos) {
        long end = System.nanoTime() + nanos;
        try {
            for (Connection connection : connections) {
                if (!connection.awaitGone(end - System.nanoTime())) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private final class ConnectionHost implements Connection.Host {
        @Override
        public ExportCatalog catalog() {
            return catalog;
        }

        @Override
        public ServerLimits limits() {
            return limits;
        }

        @Override
        public BufferPool pool() {
            return pool;
        }

        @Override
        public void protocolError() {
            protocolErrors.increment();
        }

        @Override
        public void ended(Connection connection) {
            forget(connection);
        }
    }
}
