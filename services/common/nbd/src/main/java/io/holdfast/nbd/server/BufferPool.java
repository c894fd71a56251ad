package io.holdfast.nbd.server;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Direct buffers for payloads, in sizes of powers of two from 4 KiB on. Lends at most the given number of bytes; {@link #take} waits for its
 * turn when they are lent out. Keeps returned buffers for reuse up to a quarter of that, the garbage collector gets the rest.
 *
 * <p>Threads: any number.
 */
final class BufferPool {
    private static final int SMALLEST_BYTES = 4096;
    private static final int CLASSES = 14; // 4 KiB << 13 = 32 MiB

    private final Semaphore unitsLeft;
    private final int units;
    private final long keepBytes;
    private final AtomicLong keptBytes = new AtomicLong();
    private final FreeList[] free = new FreeList[CLASSES];

    private static final class FreeList {
        private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>();

        synchronized ByteBuffer poll() {
            return buffers.pollLast();
        }

        synchronized void push(ByteBuffer buffer) {
            buffers.addLast(buffer);
        }
    }

    BufferPool(long capacityBytes) {
        units = Math.toIntExact(capacityBytes / SMALLEST_BYTES);
        // Fair, or a stream of small requests would starve a large one for ever.
        unitsLeft = new Semaphore(units, true);
        keepBytes = capacityBytes / 4;
        for (int i = 0; i < CLASSES; i++) {
            free[i] = new FreeList();
        }
    }

    private static int classOf(int bytes) {
        return bytes <= SMALLEST_BYTES ? 0 : 32 - Integer.numberOfLeadingZeros((bytes - 1) / SMALLEST_BYTES);
    }

    /** A buffer with the limit set to {@code bytes}, or null if that much is not free now. At most 32 MiB. */
    ByteBuffer tryTake(int bytes) {
        int sizeClass = classOf(bytes);
        return unitsLeft.tryAcquire(1 << sizeClass) ? lend(sizeClass, bytes) : null;
    }

    /** As {@link #tryTake}, but waits. The caller must not hold anything that another holder of buffers waits for. */
    ByteBuffer take(int bytes) {
        int sizeClass = classOf(bytes);
        unitsLeft.acquireUninterruptibly(1 << sizeClass);
        return lend(sizeClass, bytes);
    }

    private ByteBuffer lend(int sizeClass, int bytes) {
        ByteBuffer buffer = free[sizeClass].poll();
        if (buffer == null) {
            try {
                buffer = ByteBuffer.allocateDirect(SMALLEST_BYTES << sizeClass);
            } catch (OutOfMemoryError e) {
                unitsLeft.release(1 << sizeClass);
                throw e;
            }
        } else {
            keptBytes.addAndGet(-buffer.capacity());
        }
        return buffer.clear().limit(bytes);
    }

    /** Takes a lent buffer back; the caller must not touch it again. */
    void giveBack(ByteBuffer buffer) {
        int capacity = buffer.capacity();
        if (keptBytes.addAndGet(capacity) <= keepBytes) {
            free[classOf(capacity)].push(buffer);
        } else {
            keptBytes.addAndGet(-capacity);
        }
        unitsLeft.release(capacity / SMALLEST_BYTES);
    }

    /** Bytes lent out now. */
    long lentBytes() {
        return (long) (units - unitsLeft.availablePermits()) * SMALLEST_BYTES;
    }
}
