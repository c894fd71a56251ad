package io.holdfast.nbd.client;

import io.holdfast.nbd.NbdConnectionException;
import io.holdfast.nbd.NbdConnectionException.Reason;
import io.holdfast.nbd.NbdIoException;
import io.holdfast.nbd.wire.Inlet;
import io.holdfast.nbd.wire.Transmission;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A socket, the requests in flight on it, the thread that receives their replies and the one that watches the time. After the first failure
 * every request fails with the same reason.
 */
final class ClientConnection {
    private static final int RECEIVE_BUFFER_BYTES = 256 << 10;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** What the reader thread does first. */
    interface Negotiation<T> {
        T run(ClientHandshake handshake) throws IOException;
    }

    private final SocketChannel channel;
    private final Inlet inlet;
    private final Map<Long, PendingRequest> pending = new ConcurrentHashMap<>();
    private final Semaphore slots;
    private final ReentrantLock sending = new ReentrantLock();
    private final ByteBuffer header = ByteBuffer.allocateDirect(Transmission.REQUEST_BYTES);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final String name = "nbd-client" + NUMBER.incrementAndGet();
    private long nextCookie;
    private volatile NbdConnectionException cause;

    private ClientConnection(SocketChannel channel, int requestsInFlight) {
        this.channel = channel;
        this.inlet = new Inlet(channel, ByteBuffer.allocateDirect(RECEIVE_BUFFER_BYTES));
        this.slots = new Semaphore(requestsInFlight, true);
    }

    static ClientConnection connect(SocketAddress address, ClientOptions options) throws NbdIoException {
        SocketChannel channel = null;
        try {
            channel = address instanceof UnixDomainSocketAddress
                    ? SocketChannel.open(StandardProtocolFamily.UNIX)
                    : SocketChannel.open();
            if (address instanceof InetSocketAddress inet) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.socket()
                        .connect(inet, Math.toIntExact(options.connectTimeout().toMillis()));
            } else {
                channel.connect(address);
            }
            return new ClientConnection(channel, options.requestsInFlight());
        } catch (IOException | RuntimeException e) {
            closeQuietly(channel);
            throw new NbdConnectionException(Reason.CONNECT, "cannot connect to " + address + ": " + e.getMessage(), e);
        }
    }

    /** Runs a handshake that ends the connection, in the given time. */
    <T> T negotiateOnly(Negotiation<T> negotiation, Duration time) throws NbdIoException {
        try {
            return within(time, result -> {
                try {
                    result.complete(negotiation.run(new ClientHandshake(channel, inlet)));
                } catch (IOException | RuntimeException e) {
                    result.completeExceptionally(e);
                }
            });
        } finally {
            fail(Reason.CLOSED, "closed", null);
        }
    }

    /** Runs the handshake in the given time; the thread that ran it receives replies from then on. */
    ClientHandshake.Opened open(Negotiation<ClientHandshake.Opened> negotiation, ClientOptions options)
            throws NbdIoException {
        ClientHandshake.Opened opened = within(options.connectTimeout(), result -> readUntilEnd(negotiation, result));
        Thread.ofVirtual().name(name + "-timer").start(() -> watch(options.requestTimeout()));
        return opened;
    }

    private interface Background<T> {
        void run(CompletableFuture<T> result);
    }

    private <T> T within(Duration time, Background<T> body) throws NbdIoException {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name(name + "-reader").start(() -> body.run(result));
        try {
            return result.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw fail(Reason.TIMEOUT, "no end of the handshake in " + time, null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw fail(Reason.CLOSED, "interrupted in the handshake", e);
        } catch (ExecutionException e) {
            NbdConnectionException lost = fail(e.getCause());
            if (e.getCause() instanceof NbdIoException known) {
                throw known;
            }
            throw lost;
        }
    }

    private void readUntilEnd(
            Negotiation<ClientHandshake.Opened> negotiation, CompletableFuture<ClientHandshake.Opened> result) {
        try {
            ClientHandshake.Opened opened = negotiation.run(new ClientHandshake(channel, inlet));
            result.complete(opened);
            ReplyReader reader = new ReplyReader(inlet, opened, pending);
            boolean open = true;
            while (open) {
                open = reader.readOne();
            }
            fail(Reason.LOST, "the server closed the connection", null);
        } catch (IOException | RuntimeException | Error e) {
            result.completeExceptionally(e);
            fail(e);
        } finally {
            ended.countDown();
            failPending();
        }
    }

    /**
     * Makes a request and waits for its answer.
     *
     * @param payload of a write, consumed; else null
     */
    void call(PendingRequest request, int flags, ByteBuffer payload) throws NbdIoException {
        // Bounded: every request ahead ends by its answer or by the timer.
        slots.acquireUninterruptibly();
        try {
            send(request, flags, payload);
            request.await();
        } finally {
            slots.release();
        }
    }

    private void send(PendingRequest request, int flags, ByteBuffer payload) {
        sending.lock();
        try {
            long cookie = nextCookie++;
            pending.put(cookie, request);
            if (ended.getCount() == 0) {
                // The reader is gone and may have missed this one.
                failPending();
                return;
            }
            write(flags, request.command, cookie, request.offset, request.count, payload);
        } catch (IOException e) {
            fail(e);
        } finally {
            sending.unlock();
        }
    }

    private void write(int flags, int command, long cookie, long offset, long count, ByteBuffer payload)
            throws IOException {
        header.clear()
                .putInt(Transmission.REQUEST_MAGIC)
                .putShort((short) flags)
                .putShort((short) command)
                .putLong(cookie)
                .putLong(offset)
                .putInt((int) count)
                .flip();
        ByteBuffer[] message = payload == null ? new ByteBuffer[] {header} : new ByteBuffer[] {header, payload};
        while (header.hasRemaining() || payload != null && payload.hasRemaining()) {
            channel.write(message);
        }
    }

    private void watch(Duration requestTimeout) {
        long limit = requestTimeout.toNanos();
        long tick = Math.clamp(limit / 4, 1_000_000L, 1_000_000_000L);
        try {
            while (!ended.await(tick, TimeUnit.NANOSECONDS)) {
                long now = System.nanoTime();
                for (PendingRequest request : pending.values()) {
                    if (now - request.startedAt > limit) {
                        fail(Reason.TIMEOUT, request + ": no answer in " + requestTimeout, null);
                    }
                }
            }
        } catch (InterruptedException e) {
            fail(Reason.CLOSED, "the timer was interrupted", e);
        }
    }

    /** Only after the reader has ended: it may be writing into a destination. */
    private void failPending() {
        for (Map.Entry<Long, PendingRequest> entry : pending.entrySet()) {
            if (pending.remove(entry.getKey(), entry.getValue())) {
                entry.getValue()
                        .complete(new NbdConnectionException(
                                cause.reason(), entry.getValue() + ": " + cause.getMessage(), cause));
            }
        }
    }

    private NbdConnectionException fail(Throwable e) {
        return e instanceof NbdConnectionException known
                ? fail(known.reason(), known.getMessage(), known.getCause())
                : fail(Reason.LOST, "connection lost: " + e, e);
    }

    /** Ends the connection; the first reason stays. */
    private NbdConnectionException fail(Reason reason, String message, Throwable why) {
        synchronized (this) {
            if (cause == null) {
                cause = new NbdConnectionException(reason, message, why);
            }
        }
        closeQuietly(channel);
        return cause;
    }

    /** Says goodbye if the line is free, and ends the connection. Requests in flight fail. */
    void close() {
        if (cause == null && sending.tryLock()) {
            try {
                write(0, Transmission.CMD_DISC, 0, 0, 0, null);
            } catch (IOException e) {
                System.getLogger(ClientConnection.class.getName())
                        .log(System.Logger.Level.DEBUG, name + ": the server was gone before the goodbye", e);
            } finally {
                sending.unlock();
            }
        }
        fail(Reason.CLOSED, "the client is closed", null);
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            System.getLogger(ClientConnection.class.getName())
                    .log(System.Logger.Level.DEBUG, "closing a socket failed", e);
        }
    }
}
