package io.holdfast.journalstore.integrity;

/**
 * How fast a scrub may read: so many bytes a second, and a tenth of that while applying lags behind; never not at all, so that a journal that is
 * always busy is checked as well. One thread.
 */
public final class ScrubPace {
    private static final int SLOWER_WHILE_BUSY = 10;
    private static final long NANOS = 1_000_000_000L;

    private final long bytesPerSecond;
    private long freeAtNanos;
    private boolean begun;

    /** @param bytesPerSecond at least 1 */
    public ScrubPace(long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("a scrub reads at least 1 byte a second, not " + bytesPerSecond);
        }
        this.bytesPerSecond = bytesPerSecond;
    }

    /**
     * Tells how long to wait after reading.
     *
     * @param now of {@link System#nanoTime}
     * @return nanoseconds; 0 = go on
     */
    public long waitAfter(long bytes, long now, boolean busy) {
        long rate = Math.max(1, busy ? bytesPerSecond / SLOWER_WHILE_BUSY : bytesPerSecond);
        // Time in which nothing was read is not saved up.
        freeAtNanos = begun ? Math.max(freeAtNanos, now) : now;
        begun = true;
        freeAtNanos += (long) ((double) bytes * NANOS / rate);
        return Math.max(0, freeAtNanos - now);
    }
}
