package io.holdfast.nbd.server;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.Extent;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Calls the device for a request and sends the reply. A device that fails costs the client an error reply, never its connection; only a
 * failure to send is thrown.
 *
 * <p>Threads: any number.
 */
final class RequestExecutor {
    private static final System.Logger LOG = System.getLogger(RequestExecutor.class.getName());

    /** One reply carries at most this many extents, half a megabyte; the client asks again for the rest. */
    static final int EXTENT_LIMIT = 65_536;

    private static final long REPORT_NANOS = 1_000_000_000L;

    private final AtomicLong reportedAt = new AtomicLong();
    private final LongAdder unreported = new LongAdder();
    private final BlockDevice device;
    private final String export;
    private final ReplySender sender;
    private final BufferPool pool;

    RequestExecutor(BlockDevice device, String export, ReplySender sender, BufferPool pool) {
        this.device = device;
        this.export = export;
        this.sender = sender;
        this.pool = pool;
    }

    /** Executes one request. {@code more}: another one follows at once on this connection, the reply may wait for it. */
    void execute(Request request, boolean more) throws IOException {
        switch (request) {
            case Request.Read read -> read(read, more);
            case Request.Write write -> write(write, more);
            case Request.BlockStatus status -> blockStatus(status, more);
            case Request.Zero zero -> plain(zero, more, () -> device.zero(zero.offset(), zero.count(), zero.options()));
            case Request.Trim trim -> plain(trim, more, () -> device.trim(trim.offset(), trim.count(), trim.fua()));
            case Request.Cache cache -> plain(cache, more, () -> device.cache(cache.offset(), cache.count()));
            case Request.Flush flush -> plain(flush, more, device::flush);
            case Request.Refused refused -> sender.failed(refused.cookie(), refused.error(), refused.message(), more);
        }
    }

    /** Gives back what a request holds that will not be executed. */
    void drop(Request request) {
        if (request instanceof Request.Write write) {
            pool.giveBack(write.payload());
        }
    }

    private interface DeviceCall {
        void run() throws IOException;
    }

    private void plain(Request request, boolean more, DeviceCall call) throws IOException {
        try {
            call.run();
        } catch (Exception | Error e) {
            fail(request, e, more);
            return;
        }
        sender.done(request.cookie(), more);
    }

    private void write(Request.Write write, boolean more) throws IOException {
        try {
            device.write(write.offset(), write.payload(), write.fua());
        } catch (Exception | Error e) {
            fail(write, e, more);
            return;
        } finally {
            pool.giveBack(write.payload());
        }
        sender.done(write.cookie(), more);
    }

    private void read(Request.Read read, boolean more) throws IOException {
        ByteBuffer data = pool.tryTake(read.count());
        if (data == null) {
            // About to wait for others: they may be waiting for a client that waits for these replies.
            sender.flush();
            data = pool.take(read.count());
        }
        try {
            try {
                device.read(read.offset(), data);
                if (data.hasRemaining()) {
                    throw new IOException("the device left " + data.remaining() + " bytes unread");
                }
            } catch (Exception | Error e) {
                fail(read, e, more);
                return;
            }
            sender.data(read.cookie(), read.offset(), data.flip(), more);
        } finally {
            pool.giveBack(data);
        }
    }

    private void blockStatus(Request.BlockStatus status, boolean more) throws IOException {
        List<Extent> extents;
        try {
            int limit = status.one() ? 1 : EXTENT_LIMIT;
            extents = trusted(status, device.extents(status.offset(), status.count(), limit), limit);
        } catch (Exception | Error e) {
            fail(status, e, more);
            return;
        }
        sender.extents(status.cookie(), extents, more);
    }

    /** What the device said, cut to the request: a wrong answer must not make a client read past holes that are none. */
    private static List<Extent> trusted(Request.BlockStatus status, List<Extent> extents, int limit)
            throws IOException {
        List<Extent> checked = new ArrayList<>(Math.min(extents.size(), limit));
        long at = status.offset();
        long end = status.offset() + status.count();
        for (Extent extent : extents) {
            if (extent.offset() != at) {
                throw new IOException("extents of the device are not contiguous at offset " + at);
            }
            if (at == end || checked.size() == limit) {
                break;
            }
            checked.add(new Extent(at, Math.min(extent.end(), end) - at, extent.kind()));
            at = Math.min(extent.end(), end);
        }
        if (checked.isEmpty()) {
            throw new IOException("the device reports no extents");
        }
        return checked;
    }

    private void fail(Request request, Throwable failure, boolean more) throws IOException {
        if (failure instanceof NbdException known) {
            sender.failed(request.cookie(), known.error(), known.getMessage(), more);
            return;
        }
        report(request, failure);
        sender.failed(
                request.cookie(),
                NbdError.EIO,
                request.getClass().getSimpleName() + " failed; the server's log has the reason",
                more);
    }

    /** At most one entry in a second: a broken device fails as fast as the client asks. */
    private void report(Request request, Throwable failure) {
        long now = System.nanoTime();
        long last = reportedAt.get();
        if (last != 0 && now - last < REPORT_NANOS || !reportedAt.compareAndSet(last, now | 1)) {
            unreported.increment();
            return;
        }
        // A write's record holds its payload buffer; toString of a buffer shows positions, never contents.
        LOG.log(
                System.Logger.Level.ERROR,
                "export '" + export + "': " + request + " failed (and " + unreported.sumThenReset()
                        + " unreported before)",
                failure);
    }
}
