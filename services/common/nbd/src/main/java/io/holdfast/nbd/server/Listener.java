package io.holdfast.nbd.server;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A bound address and the thread that accepts on it. */
final class Listener implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Listener.class.getName());
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Takes over an accepted channel. */
    interface Acceptor {
        void accept(SocketChannel channel) throws IOException;
    }

    private final ServerSocketChannel channel;
    private final SocketAddress address;
    private final Acceptor acceptor;

    private Listener(ServerSocketChannel channel, Acceptor acceptor) throws IOException {
        this.channel = channel;
        this.address = channel.getLocalAddress();
        this.acceptor = acceptor;
    }

    static Listener bind(SocketAddress wanted, String threadName, Acceptor acceptor) throws IOException {
        ServerSocketChannel channel;
        if (wanted instanceof UnixDomainSocketAddress unix) {
            removeDeadSocket(unix);
            channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        } else {
            channel = ServerSocketChannel.open();
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        try {
            channel.bind(wanted);
            Listener listener = new Listener(channel, acceptor);
            Thread.ofPlatform().daemon().name(threadName).start(listener::run);
            return listener;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** A server that was killed leaves its socket file behind, and nobody could ever bind to it again. */
    private static void removeDeadSocket(UnixDomainSocketAddress address) throws IOException {
        if (!Files.exists(address.getPath())) {
            return;
        }
        if (Files.isRegularFile(address.getPath()) || Files.isDirectory(address.getPath())) {
            throw new BindException(address + " exists and is not a socket");
        }
        try (SocketChannel _ = SocketChannel.open(address)) {
            throw new BindException(address + " is in use by another server");
        } catch (BindException e) {
            throw e;
        } catch (IOException e) {
            Files.deleteIfExists(address.getPath());
        }
    }

    SocketAddress address() {
        return address;
    }

    private void run() {
        while (channel.isOpen()) {
            try {
                acceptor.accept(channel.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                // Out of descriptors or threads: serve those who are here, and look again soon.
                LOG.log(System.Logger.Level.ERROR, address + ": accepting failed", e);
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            if (address instanceof UnixDomainSocketAddress unix) {
                Files.deleteIfExists(unix.getPath());
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, address + ": closing the listener failed", e);
        }
    }
}
