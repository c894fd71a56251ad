package io.holdfast.replicationagent.intent;

import io.holdfast.replicationagent.capture.RegionSet;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which 1 MiB regions of a volume may differ from the replica if this process ends now (glossary: write-intent map).
 *
 * <p><b>Rule.</b> A region is marked on stable storage before the first byte of it is written. It is cleared only when no write in it is in flight, nothing in it
 * waits to be sent, and everything ever appended to the stream for it is acknowledged. A mark that is too much costs a
 * copy after a crash; a mark that is missing costs the replica. So marks are forced, clears are not.
 *
 * <p>Marks that arrive together share one force: the first waiter writes for all. Settling works in generations: a region
 * that was not touched since the last {@link #rotate}, whose stream position of that moment is acknowledged, has nothing
 * unacknowledged.
 *
 * <p>Threads: {@link #mark}, {@link #touch}: any. {@link #rotate}, {@link #clearIfSettled}, {@link #persistClears}: one thread.
 */
public final class WriteIntentMap implements AutoCloseable {
    public static final int REGION_BYTES = 1 << 20;

    private final IntentStore store;
    private final int regions;
    private final long volumeBytes;
    /** Regions marked on stable storage, as far as writers may rely on it. */
    private final AtomicLongArray marked;

    private final ReentrantLock storing = new ReentrantLock();
    private final RegionSet wanted;
    private final boolean[] staleSectors;
    private long requested;
    private long stored;

    private volatile RegionSet touched;
    private RegionSet spare;
    private volatile boolean invalid;

    /** @param initial regions marked in the store now; the array is taken over */
    public WriteIntentMap(IntentStore store, long volumeBytes, long[] initial) {
        this.store = store;
        this.volumeBytes = volumeBytes;
        this.wanted = new RegionSet(volumeBytes, REGION_BYTES);
        this.regions = wanted.regionCount();
        this.marked = new AtomicLongArray(initial);
        this.staleSectors = new boolean[sectorsFor(volumeBytes)];
        this.touched = new RegionSet(volumeBytes, REGION_BYTES);
        this.spare = new RegionSet(volumeBytes, REGION_BYTES);
    }

    public static int sectorsFor(long volumeBytes) {
        long regionCount = (volumeBytes + REGION_BYTES - 1) / REGION_BYTES;
        return Math.toIntExact((regionCount + IntentStore.REGIONS_PER_SECTOR - 1) / IntentStore.REGIONS_PER_SECTOR);
    }

    public boolean isMarked(int region) {
        return (marked.get(region >>> 6) & 1L << region) != 0;
    }

    /** The first marked region at or behind {@code from}, or -1. */
    public int nextMarked(int from) {
        for (int region = from; region < regions; region++) {
            long word = marked.get(region >>> 6) >>> region;
            if (word != 0) {
                int found = region + Long.numberOfTrailingZeros(word);
                return found < regions ? found : -1;
            }
            region |= 63;
        }
        return -1;
    }

    public int markedCount() {
        int count = 0;
        for (int i = 0; i < marked.length(); i++) {
            count += Long.bitCount(marked.get(i));
        }
        return count;
    }

    public long offsetOf(int region) {
        return (long) region * REGION_BYTES;
    }

    public long lengthOf(int region) {
        return Math.min(volumeBytes, offsetOf(region + 1)) - offsetOf(region);
    }

    /**
     * Returns when every region of the range is marked on stable storage. The caller holds the volume's range lock over
     * the range.
     *
     * @throws IOException when the map can neither be kept nor invalidated: the write must not happen, because a restart would
     *     believe a map that lacks it
     */
    public void mark(long offset, long length) throws IOException {
        int last = wanted.regionOf(offset + length - 1);
        for (int region = wanted.regionOf(offset); region <= last; region++) {
            if (!isMarked(region)) {
                markSlowly(offset, length);
                return;
            }
        }
    }

    private void markSlowly(long offset, long length) throws IOException {
        if (invalid) {
            return;
        }
        long ticket;
        synchronized (wanted) {
            wanted.add(offset, length);
            ticket = ++requested;
        }
        storing.lock();
        try {
            if (stored < ticket && !invalid) {
                storeWanted();
            }
        } catch (IOException broken) {
            // Guests go on without a map; the next start copies the whole volume.
            store.invalidate();
            invalid = true;
        } finally {
            storing.unlock();
        }
    }

    private void storeWanted() throws IOException {
        long upTo;
        RegionSet batch = new RegionSet(volumeBytes, REGION_BYTES);
        synchronized (wanted) {
            upTo = requested;
            for (int region = wanted.next(0); region >= 0; region = wanted.next(region + 1)) {
                batch.add(batch.offsetOf(region), 1);
            }
        }
        int storedSector = -1;
        for (int region = batch.next(0); region >= 0; region = batch.next(region + 1)) {
            int sector = region / IntentStore.REGIONS_PER_SECTOR;
            if (sector != storedSector) {
                store.write(sector, sectorWith(sector, batch));
                staleSectors[sector] = false;
                storedSector = sector;
            }
        }
        store.force();
        for (int region = batch.next(0); region >= 0; region = batch.next(region + 1)) {
            long bit = 1L << region;
            marked.accumulateAndGet(region >>> 6, bit, (word, more) -> word | more);
            // Only now: had the store failed, whoever waits for the same marks must find them still wanted.
            wanted.remove(wanted.offsetOf(region), 1);
        }
        stored = upTo;
    }

    /** The words of a sector: what is marked, and what the batch adds. */
    private long[] sectorWith(int sector, RegionSet batch) {
        long[] words = new long[IntentStore.WORDS_PER_SECTOR];
        int firstWord = sector * IntentStore.WORDS_PER_SECTOR;
        for (int i = 0; i < words.length && firstWord + i < marked.length(); i++) {
            words[i] = marked.get(firstWord + i);
        }
        int firstRegion = sector * IntentStore.REGIONS_PER_SECTOR;
        int end = firstRegion + IntentStore.REGIONS_PER_SECTOR;
        for (int region = batch.next(firstRegion); region >= 0 && region < end; region = batch.next(region + 1)) {
            words[(region - firstRegion) >>> 6] |= 1L << (region - firstRegion);
        }
        return words;
    }

    /** Something was appended to the stream for this range. Called with the stream's lock held, as {@link #rotate} is. */
    public void touch(long offset, long length) {
        RegionSet current = touched;
        if (!current.containsAll(offset, length)) {
            current.add(offset, length);
        }
    }

    /** Begins a generation. The caller holds the stream's lock and remembers the newest seq of this moment. */
    public void rotate() {
        touched = spare;
    }

    /** Makes the empty set that the next {@link #rotate} begins with; outside of every lock, as it may be large. */
    public void prepareRotation() {
        spare = new RegionSet(volumeBytes, REGION_BYTES);
    }

    public boolean isTouched(int region) {
        return touched.contains(region);
    }

    /**
     * Clears a region in memory. The caller holds the range lock over it and has found: not touched in this generation, the generation's start
     * acknowledged, nothing dirty in it.
     */
    public void clearIfSettled(int region) {
        storing.lock();
        try {
            marked.accumulateAndGet(region >>> 6, ~(1L << region), (word, keep) -> word & keep);
            staleSectors[region / IntentStore.REGIONS_PER_SECTOR] = true;
        } finally {
            storing.unlock();
        }
    }

    /** Writes cleared regions to the store, durably. Failing is harmless: the marks stay. */
    public void persistClears() throws IOException {
        storing.lock();
        try {
            boolean wrote = false;
            for (int sector = 0; sector < staleSectors.length && !invalid; sector++) {
                if (staleSectors[sector]) {
                    store.write(sector, sectorWith(sector, new RegionSet(volumeBytes, REGION_BYTES)));
                    staleSectors[sector] = false;
                    wrote = true;
                }
            }
            if (wrote) {
                store.force();
            }
        } finally {
            storing.unlock();
        }
    }

    /** Whether the map was given up after a storage failure; the next start copies everything. */
    public boolean isInvalid() {
        return invalid;
    }

    @Override
    public void close() throws IOException {
        storing.lock();
        try {
            store.close();
        } finally {
            storing.unlock();
        }
    }
}
