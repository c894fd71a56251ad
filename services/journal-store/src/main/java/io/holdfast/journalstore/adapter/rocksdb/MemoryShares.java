package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.kernel.error.HoldfastException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Shares write buffers and file handles among the journals of a process. When the common budget is used up RocksDB flushes the journal that writes,
 * and lets it wait; what many quiet journals hold does not get less by that. So the largest of the others is flushed before they hold half of it.
 *
 * <p>Safe for any number of threads.
 */
final class MemoryShares {
    /** File handles of all journals together. */
    private static final int OPEN_FILES = 16_384;

    private static final int MOST_FILES = 256;
    private static final int FEWEST_FILES = 24;
    /** What a journal's memtables take as soon as one byte is in them: the first arena blocks of five column families. */
    private static final long LEAST_BYTES = 5L * JournalDb.ARENA_BYTES;

    private final long writeBufferBytes;
    private final ConcurrentHashMap<JournalDb, AtomicLong> unflushed = new ConcurrentHashMap<>();
    private final AtomicLong total = new AtomicLong();
    private int filesEach = MOST_FILES;

    MemoryShares(long writeBufferBytes) {
        this.writeBufferBytes = writeBufferBytes;
    }

    /** @return file handles that the journal may keep open */
    synchronized int joined(JournalDb db) {
        unflushed.put(db, new AtomicLong());
        share();
        return filesEach;
    }

    synchronized void left(JournalDb db) {
        AtomicLong had = unflushed.remove(db);
        if (had != null) {
            total.addAndGet(-had.get());
        }
        share();
    }

    private void share() {
        int journals = Math.max(1, Integer.highestOneBit(Math.max(1, unflushed.size() * 2 - 1)));
        int each = Math.clamp(OPEN_FILES / journals, FEWEST_FILES, MOST_FILES);
        if (each != filesEach) {
            filesEach = each;
            unflushed.keySet().forEach(db -> db.keepOpen(each));
        }
    }

    /** A journal is going to write: makes room in what the others hold, if that is needed. */
    void writes(JournalDb writer, long bytes) {
        AtomicLong own = unflushed.get(writer);
        if (own == null) {
            return;
        }
        long added = bytes + (own.get() == 0 ? LEAST_BYTES : 0);
        own.addAndGet(added);
        total.addAndGet(added);
        while (total.get() - own.get() > writeBufferBytes / 2) {
            Optional<JournalDb> largest = largestBeside(writer);
            if (largest.isEmpty()) {
                return;
            }
            flush(largest.get());
        }
    }

    private Optional<JournalDb> largestBeside(JournalDb writer) {
        List<JournalDb> others = new ArrayList<>(unflushed.keySet());
        others.remove(writer);
        return others.stream().filter(db -> bytesOf(db) > 0).max(Comparator.comparingLong(this::bytesOf));
    }

    private long bytesOf(JournalDb db) {
        AtomicLong bytes = unflushed.get(db);
        return bytes == null ? 0 : bytes.get();
    }

    private void flush(JournalDb db) {
        try {
            db.flushIfOpen();
        } catch (HoldfastException failed) {
            // It is not ours: its own next write or flush fails as well and is shown there.
            flushed(db);
        }
    }

    /** Everything that the journal had written is on disk. */
    void flushed(JournalDb db) {
        AtomicLong bytes = unflushed.get(db);
        if (bytes != null) {
            total.addAndGet(-bytes.getAndSet(0));
        }
    }
}
