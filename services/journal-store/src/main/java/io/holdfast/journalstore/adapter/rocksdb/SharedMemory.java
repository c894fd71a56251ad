package io.holdfast.journalstore.adapter.rocksdb;

import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * The native memory of all journals of a process together: one block cache, and write buffers that are charged to it. When the write
 * buffers are used up, the journal that writes is flushed and, if that is not enough, its writer waits.
 */
public final class SharedMemory implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private final Cache cache;
    private final WriteBufferManager writeBuffers;
    private final MemoryShares shares;

    /**
     * @param cacheBytes everything: read cache and write buffers
     * @param writeBufferBytes part of it that unflushed changes may take; larger means fewer, larger files and a longer catch-up after a crash
     */
    public SharedMemory(long cacheBytes, long writeBufferBytes) {
        if (writeBufferBytes <= 0 || cacheBytes < writeBufferBytes) {
            throw new IllegalArgumentException("cache %d bytes, write buffers %d bytes: buffers are part of the cache"
                    .formatted(cacheBytes, writeBufferBytes));
        }
        cache = new LRUCache(cacheBytes);
        writeBuffers = new WriteBufferManager(writeBufferBytes, cache, true);
        shares = new MemoryShares(writeBufferBytes);
    }

    /** Bytes of the budget that are in use: read cache and write buffers. */
    public long usedBytes() {
        return cache.getUsage();
    }

    Cache cache() {
        return cache;
    }

    MemoryShares shares() {
        return shares;
    }

    WriteBufferManager writeBuffers() {
        return writeBuffers;
    }

    @Override
    public void close() {
        writeBuffers.close();
        cache.close();
    }
}
