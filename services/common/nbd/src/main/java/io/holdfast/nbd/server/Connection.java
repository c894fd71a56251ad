package io.holdfast.nbd.server;

import io.holdfast.nbd.ExportCatalog;
import io.holdfast.nbd.wire.Inlet;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One client from accept to the end: handshake, then transmission with several workers. The last worker to leave releases everything.
 */
final class Connection {
    private static final System.Logger LOG = System.getLogger(Connection.class.getName());
    private static final int RECEIVE_BUFFER_BYTES = 256 << 10;
    private static final int SEND_BUFFER_BYTES = 64 << 10;

    /** What a connection needs from its server. */
    interface Host {
        ExportCatalog catalog();

        ServerLimits limits();

        BufferPool pool();

        /** The client sent something the protocol does not allow. */
        void protocolError();

        /** The connection holds nothing any more. Called exactly once. */
        void ended(Connection connection);
    }

    private final Host host;
    private final SocketChannel channel;
    private final String name;
    private final long startedAt = System.nanoTime();
    private final AtomicInteger workerNumber = new AtomicInteger();
    private final CountDownLatch gone = new CountDownLatch(1);
    private ByteBuffer receiveBuffer;
    private ByteBuffer sendBuffer;
    private volatile boolean handshaking = true;
    private volatile Inlet inlet;
    private volatile ReplySender sender;
    private volatile WorkerTurns turns;
    private Negotiated export;
    private RequestReader reader;
    private RequestExecutor executor;

    Connection(Host host, SocketChannel channel, String name) {
        this.host = host;
        this.channel = channel;
        this.name = name;
    }

    /** Starts the first worker. */
    void start() {
        startThread(this::serve);
    }

    private void startThread(Runnable body) {
        Thread.ofPlatform()
                .daemon()
                .name(name + "-" + workerNumber.incrementAndGet())
                .start(body);
    }

    private void serve() {
        try {
            if (open()) {
                work(turns.next());
                return;
            }
        } catch (ProtocolException e) {
            host.protocolError();
            LOG.log(System.Logger.Level.DEBUG, name + ": protocol error in the handshake", e);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, name + ": ended in the handshake", e);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, name + ": the handshake failed", e);
        }
        release();
    }

    private boolean open() throws IOException {
        receiveBuffer = host.pool().take(RECEIVE_BUFFER_BYTES);
        sendBuffer = host.pool().take(SEND_BUFFER_BYTES);
        inlet = new Inlet(channel, receiveBuffer);
        export = new Handshake(inlet, new OptionReplies(channel, sendBuffer), host.catalog()).run();
        if (export == null) {
            return false;
        }
        sender = new ReplySender(channel, sendBuffer, export.structured());
        reader = new RequestReader(
                inlet, new RequestValidator(export.info(), export.blockStatus()), host.pool(), sender);
        executor = new RequestExecutor(export.device(), export.name(), sender, host.pool());
        turns = new WorkerTurns(
                host.limits().workersPerConnection(),
                host.limits().requestsInFlight(),
                () -> startThread(() -> work(turns.nextAsNewcomer())),
                this::flushReplies);
        handshaking = false;
        export.lease().serving(this::finish);
        return true;
    }

    private void work(WorkerTurns.Turn first) {
        ArrayDeque<Request> received = new ArrayDeque<>();
        WorkerTurns.Turn turn = first;
        while (true) {
            switch (turn) {
                case WorkerTurns.Turn.Receive(int limit) -> {
                    turns.received(received, receive(received, limit));
                    turn = turns.next();
                }
                case WorkerTurns.Turn.Execute(Request request, boolean more) -> {
                    long begin = System.nanoTime();
                    execute(request, more);
                    turn = turns.nextAfter(System.nanoTime() - begin);
                }
                case WorkerTurns.Turn.Leave(boolean last) -> {
                    if (last) {
                        release();
                    }
                    return;
                }
            }
        }
    }

    private boolean receive(ArrayDeque<Request> into, int limit) {
        try {
            sender.flush();
            return reader.read(into, limit);
        } catch (ProtocolException e) {
            host.protocolError();
            LOG.log(System.Logger.Level.WARNING, name + ": protocol error, connection ends: " + e.getMessage());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, name + ": connection lost", e);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, name + ": receiving failed, connection ends", e);
        }
        return false;
    }

    private void execute(Request request, boolean more) {
        try {
            executor.execute(request, more);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, name + ": a reply could not be sent", e);
            abort();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, name + ": executing failed, connection ends", e);
            abort();
        }
    }

    private void flushReplies() {
        try {
            sender.flush();
        } catch (IOException e) {
            abort();
        }
    }

    /** Ends the connection at once. Operations inside the device still finish; the rest is dropped. Any thread, any number of times. */
    void abort() {
        closeChannel();
        WorkerTurns current = turns;
        if (current != null) {
            current.abort().forEach(executor::drop);
        }
    }

    /** Takes no further requests; those received are executed and answered. Any thread. */
    void finish() {
        if (handshaking) {
            closeChannel();
            return;
        }
        try {
            channel.shutdownInput();
        } catch (IOException e) {
            closeChannel();
        }
    }

    /** Why this connection has to be ended now, or null; said once, as its end may take some time. For the warden. */
    String overdue(long now) {
        if (!channel.isOpen()) {
            return null;
        }
        if (handshaking) {
            return now - startedAt > host.limits().handshakeTimeout().toNanos() ? "the handshake takes too long" : null;
        }
        long stall = host.limits().stallTimeout().toNanos();
        long receiveStall = inlet.stalledSince();
        long sendStall = sender.stalledSince();
        if (receiveStall != 0 && now - receiveStall > stall) {
            return "the client stopped in the middle of a request";
        }
        return sendStall != 0 && now - sendStall > stall ? "the client does not take its replies" : null;
    }

    boolean awaitGone(long nanos) throws InterruptedException {
        return gone.await(nanos, TimeUnit.NANOSECONDS);
    }

    int workerCount() {
        WorkerTurns current = turns;
        return current == null ? 1 : current.workerCount();
    }

    @Override
    public String toString() {
        return name;
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, name + ": closing the socket failed", e);
        }
    }

    private void release() {
        closeChannel();
        if (export != null) {
            ExportOpener.close(export.lease());
        }
        if (receiveBuffer != null) {
            host.pool().giveBack(receiveBuffer);
        }
        if (sendBuffer != null) {
            host.pool().giveBack(sendBuffer);
        }
        gone.countDown();
        host.ended(this);
    }
}
