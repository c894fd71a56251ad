package io.holdfast.replicationagent.adapter.qga;

import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Bytes to and from a guest agent's socket: lines, each with a deadline and at most {@value #MAX_LINE_BYTES} bytes. What the guest sends is not trusted.
 *
 * <p>Threads: one at a time.
 */
final class QgaChannel implements AutoCloseable {
    static final int MAX_LINE_BYTES = 256 << 10;
    /** What may lie in front of the answer to a sync: answers that somebody before us did not wait for. */
    static final int MAX_STALE_BYTES = 4 << 20;

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer incoming = ByteBuffer.allocate(8 << 10).flip();

    private QgaChannel(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    static QgaChannel open(Path socket) throws GuestAgentException {
        SocketChannel channel = null;
        Selector selector = null;
        boolean opened = false;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.configureBlocking(false);
            // A QEMU socket serves one client and lets few wait: a blocking connect could wait for good.
            if (!channel.connect(UnixDomainSocketAddress.of(socket))) {
                throw new GuestAgentException(Kind.SILENT, "too many clients wait at " + socket);
            }
            selector = Selector.open();
            channel.register(selector, 0);
            opened = true;
            return new QgaChannel(channel, selector);
        } catch (IOException | IllegalArgumentException unreachable) {
            boolean gone = unreachable instanceof ConnectException || Files.notExists(socket);
            throw new GuestAgentException(
                    gone ? Kind.GONE : Kind.BROKEN, "cannot connect to " + socket + ": " + unreachable.getMessage());
        } finally {
            if (!opened) {
                closeQuietly(selector);
                closeQuietly(channel);
            }
        }
    }

    void write(byte[] bytes, Deadline deadline) throws GuestAgentException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        try {
            while (left.hasRemaining()) {
                if (channel.write(left) == 0) {
                    await(SelectionKey.OP_WRITE, deadline);
                }
            }
        } catch (IOException broken) {
            throw broken(broken);
        }
    }

    /** Drops everything up to and including the byte. */
    void skipPast(byte wanted, Deadline deadline) throws GuestAgentException {
        for (int skipped = 0; skipped < MAX_STALE_BYTES; skipped++) {
            if (next(deadline) == wanted) {
                return;
            }
        }
        throw new GuestAgentException(Kind.BROKEN, "more than " + MAX_STALE_BYTES + " bytes and no answer to a sync");
    }

    /** The bytes before the next line feed. */
    byte[] readLine(Deadline deadline) throws GuestAgentException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            byte b = next(deadline);
            if (b == '\n') {
                return line.toByteArray();
            }
            if (line.size() == MAX_LINE_BYTES) {
                throw new GuestAgentException(Kind.BROKEN, "a line of more than " + MAX_LINE_BYTES + " bytes");
            }
            line.write(b);
        }
    }

    private byte next(Deadline deadline) throws GuestAgentException {
        if (deadline.isOver()) {
            throw silent();
        }
        while (!incoming.hasRemaining()) {
            fill(deadline);
        }
        return incoming.get();
    }

    private void fill(Deadline deadline) throws GuestAgentException {
        try {
            incoming.clear();
            int count = channel.read(incoming);
            incoming.flip();
            if (count < 0) {
                throw new GuestAgentException(Kind.BROKEN, "the machine closed the connection");
            }
            if (count == 0) {
                await(SelectionKey.OP_READ, deadline);
            }
        } catch (IOException broken) {
            incoming.limit(0);
            throw broken(broken);
        }
    }

    private void await(int operation, Deadline deadline) throws IOException, GuestAgentException {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline.remainingNanos()) + 1;
        if (deadline.isOver()) {
            throw silent();
        }
        channel.keyFor(selector).interestOps(operation);
        selector.select(_ -> {}, millis);
    }

    private static GuestAgentException silent() {
        return new GuestAgentException(Kind.SILENT, "no answer in time");
    }

    private static GuestAgentException broken(IOException cause) {
        return new GuestAgentException(Kind.BROKEN, "the connection broke: " + cause.getMessage(), cause);
    }

    @Override
    public void close() {
        closeQuietly(selector);
        closeQuietly(channel);
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (Exception ignored) {
            // Nothing was promised to anybody.
        }
    }
}
