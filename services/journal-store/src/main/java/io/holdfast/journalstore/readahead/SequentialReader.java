package io.holdfast.journalstore.readahead;

import java.util.Optional;

/**
 * Watches the reads of one client of one volume and says what to fetch ahead of it (docs/performance.md, "Reading ahead" has the table). What is fetched is read and
 * dropped: it only comes into the caches of the operating system and the database, so it can never be older than a write.
 *
 * <p>Reading ahead is for a client that reads in order, one request at a time, from a disk that makes it wait. Everybody else would pay for it: who sends several requests at
 * a time waits less already, and on data that is in memory every byte would be read twice.
 *
 * <p>Thread-safe.
 */
public final class SequentialReader {
    /** In order for so long before anything is judged. */
    static final long BEGIN_BYTES = 1 << 20;
    /** How far ahead of the client is fetched. */
    static final long WINDOW_BYTES = 4 << 20;
    /** One fetch. */
    static final long FETCH_BYTES = 1 << 20;
    /** So many fetches one after another that did not wait end it. */
    static final int WARM_FETCHES = 8;
    /** Ended because of that: not judged again before so much was read. */
    static final long REST_BYTES = 64 << 20;

    private final long size;
    private long next;
    private int underWay;
    private long inOrderBytes;
    private long judgedNanos;
    private long waitedNanos;
    private boolean on;
    private long fetchedTo;
    private int warmFetches;
    private long restBytes;

    /** @param size of the volume, in bytes */
    public SequentialReader(long size) {
        this.size = size;
    }

    /** Bytes of a volume. */
    public record Range(long offset, long length) {}

    /**
     * The client asks for this. To be called before it is read.
     *
     * @return what to fetch meanwhile
     */
    public synchronized Optional<Range> asked(long offset, long length) {
        boolean inOrder = offset == next && underWay == 0;
        underWay++;
        next = offset + length;
        if (!inOrder) {
            startOver();
            return Optional.empty();
        }
        inOrderBytes += length;
        restBytes = Math.max(0, restBytes - length);
        return on ? ahead() : Optional.empty();
    }

    private void startOver() {
        on = false;
        inOrderBytes = 0;
        judgedNanos = 0;
        waitedNanos = 0;
        warmFetches = 0;
    }

    private Optional<Range> ahead() {
        long from = Math.max(fetchedTo, next);
        if (from >= Math.min(size, next + WINDOW_BYTES)) {
            return Optional.empty();
        }
        long length = Math.min(FETCH_BYTES, size - from);
        fetchedTo = from + length;
        return Optional.of(new Range(from, length));
    }

    /**
     * A read that was asked for has ended, well or not.
     *
     * @param nanos that it took
     * @param busyNanos of them that its thread was computing
     */
    public synchronized void read(long nanos, long busyNanos) {
        underWay--;
        if (on || inOrderBytes == 0 || restBytes > 0) {
            return;
        }
        judgedNanos += nanos;
        waitedNanos += Math.max(0, nanos - busyNanos);
        if (inOrderBytes >= BEGIN_BYTES) {
            on = isWaiting(judgedNanos, waitedNanos);
            fetchedTo = next;
            inOrderBytes = 0;
            judgedNanos = 0;
            waitedNanos = 0;
        }
    }

    /** A range that was to be fetched is in memory. */
    public synchronized void fetched(long nanos, long busyNanos) {
        warmFetches = isWaiting(nanos, nanos - busyNanos) ? 0 : warmFetches + 1;
        if (on && warmFetches >= WARM_FETCHES) {
            startOver();
            restBytes = REST_BYTES;
        }
    }

    private static boolean isWaiting(long nanos, long waitedNanos) {
        return 2 * waitedNanos > nanos;
    }

    /** Whether it fetches now. */
    public synchronized boolean isOn() {
        return on;
    }
}
