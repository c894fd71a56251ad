package io.holdfast.replicationagent.capture;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A set of equal regions of one volume, as a bitmap. The last region may reach beyond the end of the volume.
 *
 * <p>Threads: any. Changes are atomic one by one. {@link #containsAll} takes no lock: what it says about a region is exact for a caller
 * that holds the volume's range lock over it, because regions are only removed under that lock.
 */
public final class RegionSet {
    /** What a sync sends at the least: 64 KiB (architecture, section 3). */
    public static final int SYNC_REGION_BYTES = 64 << 10;
    /** Largest volume: keeps region numbers within an {@code int} and a bitmap within 128 MiB. */
    public static final long MAX_VOLUME_BYTES = 64L << 40;

    private final long volumeBytes;
    private final int regionShift;
    private final int regions;
    private final AtomicLongArray words;
    private int count;

    /** An empty set. {@code regionBytes} is a power of two. */
    public RegionSet(long volumeBytes, int regionBytes) {
        if (volumeBytes <= 0 || volumeBytes > MAX_VOLUME_BYTES || Integer.bitCount(regionBytes) != 1) {
            throw new IllegalArgumentException(
                    "no bitmap for a volume of %d bytes, regions of %d".formatted(volumeBytes, regionBytes));
        }
        this.volumeBytes = volumeBytes;
        this.regionShift = Integer.numberOfTrailingZeros(regionBytes);
        this.regions = Math.toIntExact((volumeBytes + regionBytes - 1) >>> regionShift);
        this.words = new AtomicLongArray((regions + 63) >>> 6);
    }

    /** Number of regions of the volume, in the set or not. */
    public int regionCount() {
        return regions;
    }

    public int regionOf(long offset) {
        return (int) (offset >>> regionShift);
    }

    public long offsetOf(int region) {
        return (long) region << regionShift;
    }

    /** End of the region, exclusive, within the volume. */
    public long endOf(int region) {
        return Math.min(volumeBytes, (region + 1L) << regionShift);
    }

    public boolean contains(int region) {
        return (words.get(region >>> 6) & 1L << region) != 0;
    }

    /** Whether every region that the bytes touch is in the set. */
    public boolean containsAll(long offset, long length) {
        int last = regionOf(offset + length - 1);
        for (int region = regionOf(offset); region <= last; region++) {
            if (!contains(region)) {
                return false;
            }
        }
        return true;
    }

    /** Whether some region that the bytes touch is in the set. */
    public boolean containsAny(long offset, long length) {
        int last = regionOf(offset + length - 1);
        for (int region = regionOf(offset); region <= last; region++) {
            if (contains(region)) {
                return true;
            }
        }
        return false;
    }

    /** Adds every region that the bytes touch. */
    public synchronized void add(long offset, long length) {
        int last = regionOf(offset + length - 1);
        for (int region = regionOf(offset); region <= last; region++) {
            long word = words.get(region >>> 6);
            if ((word & 1L << region) == 0) {
                words.set(region >>> 6, word | 1L << region);
                count++;
            }
        }
    }

    public synchronized void addAll() {
        for (int i = 0; i < words.length(); i++) {
            words.set(i, -1L);
        }
        int beyond = (words.length() << 6) - regions;
        if (beyond > 0) {
            words.set(words.length() - 1, -1L >>> beyond);
        }
        count = regions;
    }

    /** Removes every region that the bytes touch. The caller holds the volume's range lock over these regions. */
    public synchronized void remove(long offset, long length) {
        int last = regionOf(offset + length - 1);
        for (int region = regionOf(offset); region <= last; region++) {
            long word = words.get(region >>> 6);
            if ((word & 1L << region) != 0) {
                words.set(region >>> 6, word & ~(1L << region));
                count--;
            }
        }
    }

    /** The same regions, in a set of its own. */
    public synchronized RegionSet copy() {
        RegionSet copy = new RegionSet(volumeBytes, 1 << regionShift);
        for (int i = 0; i < words.length(); i++) {
            copy.words.set(i, words.get(i));
        }
        copy.count = count;
        return copy;
    }

    /** Makes this set the same as the other, of the same volume and region size; nobody sees it in between. */
    public synchronized void replaceWith(RegionSet other) {
        if (other.volumeBytes != volumeBytes || other.regionShift != regionShift) {
            throw new IllegalArgumentException("a set of another volume or region size");
        }
        for (int i = 0; i < words.length(); i++) {
            words.set(i, other.words.get(i));
        }
        count = other.count();
    }

    /** Takes bytes of the volume. */
    public interface Runs {
        void run(long offset, long length);
    }

    /** The set as runs of bytes, ascending. Not atomic: for a set that nobody changes. */
    public void forEachRun(Runs runs) {
        for (int first = next(0); first >= 0; ) {
            int length = runLength(first, Integer.MAX_VALUE);
            runs.run(offsetOf(first), endOf(first + length - 1) - offsetOf(first));
            first = first + length >= regions ? -1 : next(first + length);
        }
    }

    public synchronized boolean isEmpty() {
        return count == 0;
    }

    public synchronized int count() {
        return count;
    }

    /** Bytes of the volume that the set covers; the last region counts with its full size. */
    public synchronized long bytes() {
        return Math.min(volumeBytes, (long) count << regionShift);
    }

    /** The first region of the set at or behind {@code from}, or -1. */
    public int next(int from) {
        for (int word = from >>> 6; word < words.length(); word++) {
            long bits = words.get(word) & (word == from >>> 6 ? -1L << from : -1L);
            if (bits != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(bits);
            }
        }
        return -1;
    }

    /** How many neighbours from {@code first} on, itself included, are in the set; at most {@code limit}. */
    public int runLength(int first, int limit) {
        int length = 0;
        while (length < limit && first + length < regions && contains(first + length)) {
            length++;
        }
        return length;
    }

    @Override
    public String toString() {
        long[] copy = new long[words.length()];
        Arrays.setAll(copy, words::get);
        return java.util.BitSet.valueOf(copy).toString();
    }
}
