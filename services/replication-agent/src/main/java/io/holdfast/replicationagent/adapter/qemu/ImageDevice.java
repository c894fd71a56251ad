package io.holdfast.replicationagent.adapter.qemu;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.BlockSizes;
import io.holdfast.nbd.Capability;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdConnectionException;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import io.holdfast.nbd.ZeroOptions;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.replicationagent.hosting.BackingFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An image as a disk, served by a {@code qemu-nbd} of our own over several connections. When that process dies it is started again: requests wait meanwhile, for
 * the limit at most, then they fail, and go on failing until it is back.
 *
 * <p>Nothing that was answered is lost with a process: see {@link UnflushedWrites}.
 *
 * <p>Threads: any number of requests at once; overlapping writes at the same time are the caller's to avoid.
 */
final class ImageDevice implements BlockDevice {
    /** Each has up to 64 requests in flight. */
    static final int CONNECTIONS = 4;

    /** Memory per image; larger means fewer flushes of our own between those of the guest. */
    private static final long UNFLUSHED_BYTES = 8L << 20;

    private static final Duration START_TIME = Duration.ofSeconds(20);
    private static final long START_POLL_NANOS = 5_000_000;
    private static final long RETRY_NANOS = 200_000_000;
    private static final System.Logger LOG = System.getLogger(ImageDevice.class.getName());

    private final Path image;
    private final BackingFormat format;
    private final Path socket;
    private final Duration waitLimit;
    private final UnflushedWrites unflushed = new UnflushedWrites(UNFLUSHED_BYTES);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final long size;
    private final BlockSizes sizes;
    private final Set<Capability> capabilities;
    private volatile Running running;
    private boolean restarting;
    private long downSinceNanos;
    private volatile boolean closed;

    /** A process and the connections to it. */
    private record Running(ImageProcess process, List<NbdClient> clients) {
        NbdClient client() {
            return clients.get((int) (Thread.currentThread().threadId() % clients.size()));
        }

        void end() {
            clients.forEach(NbdClient::close);
        }
    }

    /** @param waitLimit how long a request waits for a process that died */
    ImageDevice(Path image, BackingFormat format, Path socket, Duration waitLimit) throws IOException {
        this.image = image;
        this.format = format;
        this.socket = socket;
        this.waitLimit = waitLimit;
        this.running = launch();
        NbdClient first = running.clients().getFirst();
        this.size = first.size();
        this.sizes = first.blockSizes();
        this.capabilities = first.capabilities();
    }

    private Running launch() throws IOException {
        ImageProcess process = ImageProcess.start(image, format, socket);
        List<NbdClient> clients = new ArrayList<>();
        boolean up = false;
        try {
            long end = System.nanoTime() + START_TIME.toNanos();
            while (clients.size() < CONNECTIONS) {
                try {
                    clients.add(NbdClient.open(process.address(), ""));
                } catch (IOException notYet) {
                    if (!process.isAlive()) {
                        throw new IOException(process.complaint(), notYet);
                    }
                    if (System.nanoTime() - end > 0) {
                        throw new IOException(
                                "qemu-nbd does not listen after " + START_TIME.toSeconds() + " s", notYet);
                    }
                    LockSupport.parkNanos(START_POLL_NANOS);
                }
            }
            up = true;
            return new Running(process, List.copyOf(clients));
        } finally {
            if (!up) {
                clients.forEach(NbdClient::close);
                process.close();
            }
        }
    }

    private interface Request<T> {
        T on(NbdClient client) throws IOException;
    }

    /** Makes the request, again on the next process when the present one dies. */
    private <T> T request(Request<T> request) throws IOException {
        while (true) {
            Running current = awaitRunning();
            try {
                return request.on(current.client());
            } catch (NbdConnectionException lost) {
                if (closed) {
                    throw new NbdException(NbdError.ESHUTDOWN, "the disk is closed");
                }
                noteDown(current, lost);
            }
        }
    }

    private Running awaitRunning() throws IOException {
        Running current = running;
        if (current != null) {
            return current;
        }
        lock.lock();
        try {
            while (running == null) {
                long left = downSinceNanos + waitLimit.toNanos() - System.nanoTime();
                if (closed || left <= 0) {
                    throw new NbdException(
                            closed ? NbdError.ESHUTDOWN : NbdError.EIO,
                            closed ? "the disk is closed" : "the process that serves " + image + " cannot be started");
                }
                changed.awaitNanos(left);
            }
            return running;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new NbdException(NbdError.EIO, "interrupted");
        } finally {
            lock.unlock();
        }
    }

    private void noteDown(Running lost, IOException why) {
        lock.lock();
        try {
            if (running != lost || restarting || closed) {
                return;
            }
            running = null;
            restarting = true;
            downSinceNanos = System.nanoTime();
        } finally {
            lock.unlock();
        }
        LOG.log(
                System.Logger.Level.ERROR,
                "The process that serves an image is gone and is started again; image=" + image + ": "
                        + why.getMessage());
        lost.end();
        Thread.ofVirtual().name("image-restart").start(() -> restart(lost));
    }

    private void restart(Running lost) {
        String last = "";
        while (!closed) {
            try {
                lost.process().close();
                Running next = launch();
                boolean whole = false;
                try {
                    unflushed.replay(next.clients().getFirst());
                    whole = true;
                } finally {
                    if (!whole) {
                        next.end();
                        next.process().close();
                    }
                }
                publish(next);
                return;
            } catch (IOException failed) {
                if (!last.equals(failed.getMessage())) {
                    LOG.log(
                            System.Logger.Level.ERROR,
                            "An image cannot be served again yet; image=" + image + ": " + failed.getMessage());
                }
                last = String.valueOf(failed.getMessage());
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private void publish(Running next) throws IOException {
        lock.lock();
        try {
            restarting = false;
            if (!closed) {
                running = next;
                changed.signalAll();
                LOG.log(System.Logger.Level.INFO, "An image is served again; image=" + image);
                return;
            }
        } finally {
            lock.unlock();
        }
        next.end();
        next.process().close();
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws IOException {
        int start = dst.position();
        request(client -> {
            client.read(offset, dst.position(start));
            return null;
        });
    }

    @Override
    public void write(long offset, ByteBuffer src, boolean fua) throws IOException {
        int start = src.position();
        change(unflushed.write(offset, src), client -> {
            client.write(offset, src.position(start), fua);
            return null;
        });
    }

    @Override
    public void zero(long offset, long length, ZeroOptions options) throws IOException {
        change(unflushed.zero(offset, length), client -> {
            client.zero(offset, length, options);
            return null;
        });
    }

    /** What a discarded range reads as is not defined, so nothing has to be repeated for it. */
    @Override
    public void trim(long offset, long length, boolean fua) throws IOException {
        request(client -> {
            client.trim(offset, length, fua);
            return null;
        });
    }

    private void change(UnflushedWrites.Entry entry, Request<Void> request) throws IOException {
        boolean answered = false;
        try {
            request(request);
            answered = true;
        } finally {
            if (answered) {
                unflushed.done(entry);
            } else {
                unflushed.refused(entry);
            }
        }
        if (unflushed.isFull()) {
            flush();
        }
    }

    @Override
    public void flush() throws IOException {
        List<UnflushedWrites.Entry> answered = unflushed.answered();
        // On another process than they were written to as well: there they were replayed and flushed.
        request(client -> {
            client.flush();
            return null;
        });
        unflushed.forget(answered);
    }

    @Override
    public List<Extent> extents(long offset, long length, int limit) throws IOException {
        return request(client -> client.extents(offset, length, limit));
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public BlockSizes blockSizes() {
        return sizes;
    }

    @Override
    public Set<Capability> capabilities() {
        return capabilities;
    }

    /** For tests: the process to kill. */
    long pid() {
        Running current = running;
        return current == null ? -1 : current.process().pid();
    }

    /** Flushes, then ends the process. */
    @Override
    public void close() throws IOException {
        Running last;
        lock.lock();
        try {
            last = running;
            closed = true;
            running = null;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (last != null) {
            try {
                last.clients().getFirst().flush();
            } finally {
                last.end();
                last.process().close();
            }
        }
    }
}
