package io.holdfast.testkit.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A long line between two ends of TCP connections on the loopback: every byte comes later, only so many a second, and connections break with what is on its way.
 *
 * <p>A direction holds at most {@value #PIECES_ON_THE_WAY} pieces of {@value #PIECE_BYTES} bytes; then it reads no more, and the sender's TCP window closes. Threads: all methods by any.
 */
public final class WanProxy implements AutoCloseable {
    private static final int PIECE_BYTES = 16 << 10;
    private static final int PIECES_ON_THE_WAY = 32;
    /** How long a thread may miss that its connection was broken. */
    private static final long LOOK_AGAIN_MS = 100;

    private final ServerSocket door;
    private final int targetPort;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong carriedBytes = new AtomicLong();
    private volatile Line line;
    private volatile boolean down;

    /**
     * @param delay one way
     * @param bytesPerSecond per connection and direction; 0 = as many as come
     */
    public record Line(Duration delay, long bytesPerSecond) {
        public static final Line FAST = new Line(Duration.ZERO, 0);

        private long nanosFor(int bytes) {
            return bytesPerSecond == 0 ? 0 : 1_000_000_000L * bytes / bytesPerSecond;
        }
    }

    private record Piece(byte[] bytes, int length, long dueNanos) {
        boolean isEnd() {
            return length < 0;
        }
    }

    /** @param targetPort on the loopback */
    public WanProxy(int targetPort, Line line) {
        this.targetPort = targetPort;
        this.line = line;
        try {
            door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        Thread.ofVirtual().start(this::acceptAll);
    }

    public int port() {
        return door.getLocalPort();
    }

    /** For what is read from now on. */
    public void line(Line next) {
        line = next;
    }

    /** Breaks every connection; what is on its way is lost. New ones are taken. */
    public void breakConnections() {
        open.forEach(this::reset);
    }

    /** While down, connections break as soon as they are made. */
    public void down(boolean isDown) {
        down = isDown;
        if (isDown) {
            breakConnections();
        }
    }

    /** Connections that were taken. */
    public long connections() {
        return connections.get();
    }

    /** Bytes that reached the target. */
    public long carriedBytes() {
        return carriedBytes.get();
    }

    private void acceptAll() {
        while (!door.isClosed()) {
            try {
                carry(door.accept());
            } catch (IOException closedOrRefused) {
                // The next one is looked at; a closed door ends the loop.
            }
        }
    }

    private void carry(Socket near) throws IOException {
        open.add(near);
        if (down) {
            reset(near);
            return;
        }
        Socket far;
        try {
            far = new Socket(InetAddress.getLoopbackAddress(), targetPort);
        } catch (IOException noTarget) {
            reset(near);
            throw noTarget;
        }
        open.add(far);
        connections.incrementAndGet();
        pipe(near, far, carriedBytes);
        pipe(far, near, new AtomicLong());
        if (down || door.isClosed()) {
            reset(near);
            reset(far);
        }
    }

    private void pipe(Socket from, Socket to, AtomicLong carried) {
        BlockingQueue<Piece> onTheWay = new ArrayBlockingQueue<>(PIECES_ON_THE_WAY);
        Thread.ofVirtual().start(() -> readAll(from, to, onTheWay));
        Thread.ofVirtual().start(() -> writeAll(onTheWay, from, to, carried));
    }

    private void readAll(Socket from, Socket to, BlockingQueue<Piece> onTheWay) {
        long lineFreeAtNanos = System.nanoTime();
        try {
            while (true) {
                byte[] bytes = new byte[PIECE_BYTES];
                int length = from.getInputStream().read(bytes);
                Line now = line;
                lineFreeAtNanos = Math.max(lineFreeAtNanos, System.nanoTime()) + now.nanosFor(Math.max(0, length));
                Piece piece =
                        new Piece(bytes, length, lineFreeAtNanos + now.delay().toNanos());
                while (!onTheWay.offer(piece, LOOK_AGAIN_MS, TimeUnit.MILLISECONDS)) {
                    if (to.isClosed()) {
                        return;
                    }
                }
                if (piece.isEnd()) {
                    return;
                }
            }
        } catch (IOException | InterruptedException broken) {
            reset(from);
            reset(to);
        }
    }

    private void writeAll(BlockingQueue<Piece> onTheWay, Socket from, Socket to, AtomicLong carried) {
        try {
            while (!to.isClosed()) {
                Piece piece = onTheWay.poll(LOOK_AGAIN_MS, TimeUnit.MILLISECONDS);
                if (piece == null) {
                    continue;
                }
                TimeUnit.NANOSECONDS.sleep(piece.dueNanos() - System.nanoTime());
                if (piece.isEnd()) {
                    to.shutdownOutput();
                    return;
                }
                to.getOutputStream().write(piece.bytes(), 0, piece.length());
                carried.addAndGet(piece.length());
            }
        } catch (IOException | InterruptedException broken) {
            reset(from);
            reset(to);
        }
    }

    /** Without the orderly end: the other side learns of it as of a line that broke. */
    private void reset(Socket socket) {
        open.remove(socket);
        try (socket) {
            socket.setSoLinger(true, 0);
        } catch (IOException gone) {
            // It is closed already.
        }
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException stillOpen) {
            throw new UncheckedIOException(stillOpen);
        } finally {
            breakConnections();
        }
    }
}
