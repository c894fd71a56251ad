package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.kernel.error.HoldfastException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Logger;
import org.rocksdb.MutableDBOptions;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * One journal's database: its column families and how they are tuned.
 *
 * <p>No log of its own (Kafka is it); {@code atomic_flush} makes all families durable at one instant. Closing does not flush: whoever wants that
 * asks for it first, so that a test can end a journal as a crash does.
 */
final class JournalDb implements AutoCloseable {
    private static final String[] FAMILIES = {"default", "changes", "index", "checkpoints", "time"};
    private static final long MIB = 1 << 20;
    /** Step in which a memtable grows. RocksDB's own choice, 1 MiB, is 5 MiB for a journal that holds one byte. */
    static final long ARENA_BYTES = 64 << 10;

    private final List<AbstractNativeReference> owned = new ArrayList<>();
    private final MemoryShares shares;
    private final ReentrantReadWriteLock closing = new ReentrantReadWriteLock();
    private boolean closed;
    private final RocksDB db;
    private final List<ColumnFamilyHandle> handles = new ArrayList<>();
    private final WriteOptions writeOptions;
    private final FlushOptions flushOptions;
    private final ReadOptions pointReads;
    private final ReadOptions changeReads;

    private JournalDb(Path directory, SharedMemory memory, boolean readOnly) {
        shares = memory.shares();
        writeOptions = own(new WriteOptions().setDisableWAL(true));
        flushOptions = own(new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true));
        pointReads = own(new ReadOptions());
        changeReads = own(new ReadOptions().setVerifyChecksums(false));
        DBOptions options = own(new DBOptions());
        options.setAtomicFlush(true)
                .setMaxBackgroundJobs(3)
                .setMaxOpenFiles(shares.joined(this))
                // One thread writes: its memtable needs no protection against others.
                .setAllowConcurrentMemtableWrite(false)
                .setEnableWriteThreadAdaptiveYield(false)
                .setKeepLogFileNum(2)
                .setMaxLogFileSize(MIB)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setWriteBufferManager(memory.writeBuffers());
        options.setAvoidFlushDuringShutdown(true);
        List<ColumnFamilyDescriptor> families = new ArrayList<>();
        for (String family : FAMILIES) {
            families.add(new ColumnFamilyDescriptor(family.getBytes(StandardCharsets.US_ASCII), tuned(family, memory)));
        }
        try {
            if (readOnly) {
                options.setLogger(own(new Silence()));
                db = RocksDB.openReadOnly(options, directory.toString(), families, handles);
            } else {
                options.setCreateIfMissing(true)
                        .setCreateMissingColumnFamilies(true)
                        .setUseDirectIoForFlushAndCompaction(DirectWrites.arePossible(directory));
                db = RocksDB.open(options, directory.toString(), families, handles);
            }
        } catch (RocksDBException failure) {
            shares.left(this);
            release();
            throw StorageFailures.translate("opening the database in " + directory, failure);
        }
    }

    /** Opens or creates. */
    static JournalDb open(Path directory, SharedMemory memory) {
        return new JournalDb(directory, memory, false);
    }

    /** Opens an existing database without changing a file. */
    static JournalDb openReadOnly(Path directory, SharedMemory memory) {
        return new JournalDb(directory, memory, true);
    }

    private <T extends AbstractNativeReference> T own(T object) {
        owned.add(object);
        return object;
    }

    private ColumnFamilyOptions tuned(String family, SharedMemory memory) {
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setBlockCache(memory.cache())
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setBlockSize(8 << 10);
        ColumnFamilyOptions options = own(new ColumnFamilyOptions());
        options.setCompressionType(CompressionType.NO_COMPRESSION)
                .setMaxWriteBufferNumber(3)
                .setArenaBlockSize(ARENA_BYTES);
        switch (family) {
            case "changes" ->
                options.setEnableBlobFiles(true)
                        .setMinBlobSize(1 << 10)
                        .setBlobFileSize(32 * MIB)
                        .setBlobCompressionType(CompressionType.NO_COMPRESSION)
                        .setWriteBufferSize(64 * MIB)
                        // A file leaves with its blobs only from level 1 on (deleteFilesInRanges spares level 0).
                        .setLevel0FileNumCompactionTrigger(2)
                        .setTargetFileSizeBase(MIB);
            case "index" -> {
                table.setFilterPolicy(own(new BloomFilter(10))).setWholeKeyFiltering(false);
                options.setCompressionType(CompressionType.LZ4_COMPRESSION)
                        .setWriteBufferSize(32 * MIB)
                        .useFixedLengthPrefixExtractor(Layout.INDEX_UNIT_BYTES);
            }
            default -> options.setWriteBufferSize(8 * MIB);
        }
        return options.setTableFormatConfig(table);
    }

    RocksDB rocks() {
        return db;
    }

    ColumnFamilyHandle meta() {
        return handles.get(0);
    }

    ColumnFamilyHandle changes() {
        return handles.get(1);
    }

    ColumnFamilyHandle index() {
        return handles.get(2);
    }

    ColumnFamilyHandle checkpoints() {
        return handles.get(3);
    }

    ColumnFamilyHandle time() {
        return handles.get(4);
    }

    ReadOptions pointReads() {
        return pointReads;
    }

    /**
     * For single parts of {@code changes}. The database's checksum over a blob costs more than fetching it, and every part carries two of its own,
     * which the reader compares; so this one is left out.
     */
    ReadOptions changeReads() {
        return changeReads;
    }

    /** Makes the batch visible at once and as a whole; durable with the next flush. */
    void write(WriteBatch batch) {
        shares.writes(this, batch.getDataSize());
        try {
            db.write(writeOptions, batch);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("writing to the journal", failure);
        }
    }

    /** Makes everything written so far durable, all families at one instant. */
    void flush() {
        try {
            db.flush(flushOptions, handles);
            shares.flushed(this);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("flushing the journal", failure);
        }
    }

    /** As {@link #flush}, for those who do not keep the journal open. */
    void flushIfOpen() {
        closing.readLock().lock();
        try {
            if (closed) {
                shares.flushed(this);
            } else {
                flush();
            }
        } finally {
            closing.readLock().unlock();
        }
    }

    /** Changes how many files may stay open. */
    void keepOpen(int files) {
        closing.readLock().lock();
        try {
            if (!closed && db != null) {
                db.setDBOptions(
                        MutableDBOptions.builder().setMaxOpenFiles(files).build());
            }
        } catch (RocksDBException refused) {
            throw StorageFailures.translate("changing the number of open files", refused);
        } finally {
            closing.readLock().unlock();
        }
    }

    byte[] get(ColumnFamilyHandle family, byte[] key) {
        try {
            return db.get(family, key);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("reading the journal", failure);
        }
    }

    RocksIterator iterate(ColumnFamilyHandle family) {
        return db.newIterator(family, pointReads);
    }

    /** @throws HoldfastException when the iterator stopped for another reason than the end of its range */
    static void requireSound(RocksIterator iterator) {
        try {
            iterator.status();
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("reading the journal", failure);
        }
    }

    /** Bytes of files and of what waits to be flushed. */
    long sizeBytes() {
        try {
            long total = 0;
            for (ColumnFamilyHandle family : handles) {
                total += db.getLongProperty(family, "rocksdb.total-sst-files-size")
                        + db.getLongProperty(family, "rocksdb.live-blob-file-size")
                        + db.getLongProperty(family, "rocksdb.cur-size-all-mem-tables");
            }
            return total;
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("asking the journal for its size", failure);
        }
    }

    /** Drops whole files of {@code changes} below the LSN. Only for what a durable deletion already covers. */
    void freeChangesBelow(long lsn) {
        byte[] first = Layout.changeKey(0, 0);
        byte[] end = Layout.changeKey(lsn, 0);
        try {
            db.compactRange(changes(), first, end);
            db.deleteFilesInRanges(changes(), List.of(first, end), false);
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("freeing the space of aged changes", failure);
        }
    }

    @Override
    public void close() {
        shares.left(this);
        closing.writeLock().lock();
        try {
            closed = true;
            handles.forEach(ColumnFamilyHandle::close);
            db.close();
        } finally {
            closing.writeLock().unlock();
        }
        release();
    }

    private void release() {
        owned.reversed().forEach(AbstractNativeReference::close);
    }

    /** Without a logger of ours even a read-only database writes a LOG file. */
    private static final class Silence extends Logger {
        Silence() {
            super(InfoLogLevel.FATAL_LEVEL);
        }

        @Override
        protected void log(InfoLogLevel level, String message) {
            // Failures reach the caller as exceptions.
        }
    }
}
