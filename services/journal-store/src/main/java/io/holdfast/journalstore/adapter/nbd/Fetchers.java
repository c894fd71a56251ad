package io.holdfast.journalstore.adapter.nbd;

import io.holdfast.journalstore.readahead.SequentialReader;
import io.holdfast.nbd.BlockDevice;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** The threads that read ahead for all clients of a store, with a buffer each. Who asks while all are busy and the queue is full is not fetched for. */
public final class Fetchers implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int QUEUED = 16;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final ThreadLocal<ByteBuffer> buffers =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));
    private final LongConsumer fetchedBytes;
    private final ThreadPoolExecutor threads;

    /**
     * @param atOnce threads; 0 = nobody reads ahead
     * @param fetchedBytes told of each range that was read ahead
     */
    public Fetchers(int atOnce, LongConsumer fetchedBytes) {
        this.fetchedBytes = fetchedBytes;
        this.threads = atOnce == 0
                ? null
                : new ThreadPoolExecutor(
                        atOnce,
                        atOnce,
                        10,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(QUEUED),
                        Thread.ofPlatform().daemon().name("read-ahead-", 0).factory(),
                        new ThreadPoolExecutor.DiscardPolicy());
        if (threads != null) {
            threads.allowCoreThreadTimeOut(true);
        }
    }

    /** Nobody reads ahead. */
    public static Fetchers none() {
        return new Fetchers(0, _ -> {});
    }

    /** The device, read ahead for one client. */
    BlockDevice ahead(BlockDevice device) {
        return threads == null ? device : new ReadAheadDevice(device, this);
    }

    /** Processor time of this thread, in nanoseconds. */
    static long busyNanos() {
        return THREADS.getCurrentThreadCpuTime();
    }

    void fetch(BlockDevice device, SequentialReader.Range range, SequentialReader reader) {
        threads.execute(() -> {
            long began = System.nanoTime();
            long busy = busyNanos();
            try {
                read(device, range);
            } catch (IOException | RuntimeException failed) {
                // Whoever asks for it gets the error. The point may also have been closed meanwhile.
                return;
            }
            fetchedBytes.accept(range.length());
            reader.fetched(System.nanoTime() - began, busyNanos() - busy);
        });
    }

    private void read(BlockDevice device, SequentialReader.Range range) throws IOException {
        ByteBuffer buffer = buffers.get();
        long at = range.offset();
        long end = range.offset() + range.length();
        while (at < end) {
            device.read(at, buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - at)));
            at += buffer.limit();
        }
    }

    @Override
    public void close() {
        if (threads != null) {
            threads.shutdownNow();
        }
    }
}
