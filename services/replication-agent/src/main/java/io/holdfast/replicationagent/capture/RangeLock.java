package io.holdfast.replicationagent.capture;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Mutual exclusion of overlapping byte ranges of one volume.
 *
 * <p>The volume is cut into granules of 16 KiB, and granule <i>n</i> is guarded by stripe <i>n</i> mod 1024; a small volume has one stripe for each granule.
 * A range takes the stripes of all its granules in ascending order of stripe, so two ranges never wait for each other in a circle. Ranges that do not overlap
 * may still share a stripe and then wait for each other; that costs time, never order. Taking a lock allocates nothing.
 *
 * <p>Threads: any. The holder of one range must not lock another: the stripes of the second may lie below.
 */
public final class RangeLock {
    private static final int GRANULE_SHIFT = 14;
    private static final int MOST_STRIPES = 1024;

    private final ReentrantLock[] stripes;

    /** @param sizeBytes of the volume; ranges beyond it are locked as well, with less that can be held at the same time */
    public RangeLock(long sizeBytes) {
        long granules = (sizeBytes + (1 << GRANULE_SHIFT) - 1) >>> GRANULE_SHIFT;
        stripes = new ReentrantLock[Math.clamp(granules, 1, MOST_STRIPES)];
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new ReentrantLock();
        }
    }

    /** Waits until no other thread holds a byte of {@code [offset, offset + length)}, then holds all of it. */
    public void lock(long offset, long length) {
        long first = offset >>> GRANULE_SHIFT;
        long last = (offset + length - 1) >>> GRANULE_SHIFT;
        if (last - first >= stripes.length - 1) {
            lockStripes(0, stripes.length - 1);
            return;
        }
        int from = (int) (first % stripes.length);
        int to = (int) (last % stripes.length);
        if (from <= to) {
            lockStripes(from, to);
        } else {
            lockStripes(0, to);
            lockStripes(from, stripes.length - 1);
        }
    }

    /** Gives back what {@link #lock} with the same arguments took. */
    public void unlock(long offset, long length) {
        long first = offset >>> GRANULE_SHIFT;
        long last = (offset + length - 1) >>> GRANULE_SHIFT;
        if (last - first >= stripes.length - 1) {
            unlockStripes(0, stripes.length - 1);
            return;
        }
        int from = (int) (first % stripes.length);
        int to = (int) (last % stripes.length);
        if (from <= to) {
            unlockStripes(from, to);
        } else {
            unlockStripes(from, stripes.length - 1);
            unlockStripes(0, to);
        }
    }

    /** Holds every byte of the volume: no write is in flight while the holder runs. */
    public void lockAll() {
        lockStripes(0, stripes.length - 1);
    }

    public void unlockAll() {
        unlockStripes(0, stripes.length - 1);
    }

    private void lockStripes(int from, int to) {
        for (int i = from; i <= to; i++) {
            stripes[i].lock();
        }
    }

    private void unlockStripes(int from, int to) {
        for (int i = to; i >= from; i--) {
            stripes[i].unlock();
        }
    }
}
