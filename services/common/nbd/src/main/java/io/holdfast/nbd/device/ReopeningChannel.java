package io.holdfast.nbd.device;

import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file channel that survives interrupts. The JDK closes a {@link FileChannel} for everybody when one thread inside it is interrupted; for a
 * disk with many users that would be an outage. Here the interrupted operation and its neighbours open the file again and go on,
 * and the interrupt status is kept for the caller.
 *
 * <p>Threads: any number. Positions are explicit; repeating a read or write at a position is harmless.
 */
final class ReopeningChannel implements AutoCloseable {
    private final Path path;
    private final Set<? extends OpenOption> options;
    private final ReentrantLock reopening = new ReentrantLock();
    private volatile FileChannel channel;
    private volatile boolean closed;

    ReopeningChannel(Path path, Set<? extends OpenOption> options) throws IOException {
        this.path = path;
        this.options = options;
        this.channel = FileChannel.open(path, options);
    }

    private interface Step {
        void on(FileChannel channel) throws IOException;
    }

    private void run(Step step) throws IOException {
        // Cleared first: entering the channel with the status set would close it.
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel current = channel;
                try {
                    step.on(current);
                    return;
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    reopen(current);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void reopen(FileChannel broken) throws IOException {
        reopening.lock();
        try {
            if (closed) {
                throw new NbdException(NbdError.ESHUTDOWN, "the device is closed");
            }
            if (channel == broken) {
                channel = FileChannel.open(path, options);
            }
        } finally {
            reopening.unlock();
        }
    }

    /** Fills the buffer from the position, or throws. */
    void readFully(ByteBuffer dst, long position) throws IOException {
        int start = dst.position();
        run(current -> {
            while (dst.hasRemaining()) {
                long at = position + dst.position() - start;
                if (current.read(dst, at) < 0) {
                    throw new NbdException(NbdError.EIO, "the file ends before offset " + at);
                }
            }
        });
    }

    /** Writes the whole buffer at the position, or throws. */
    void writeFully(ByteBuffer src, long position) throws IOException {
        int start = src.position();
        run(current -> {
            while (src.hasRemaining()) {
                current.write(src, position + src.position() - start);
            }
        });
    }

    /** Makes completed writes durable (data and what is needed to find it). */
    void force() throws IOException {
        run(current -> current.force(false));
    }

    long size() throws IOException {
        return channel.size();
    }

    @Override
    public void close() throws IOException {
        reopening.lock();
        try {
            closed = true;
            channel.close();
        } finally {
            reopening.unlock();
        }
    }
}
