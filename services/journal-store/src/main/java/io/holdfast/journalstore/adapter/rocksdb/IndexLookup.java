package io.holdfast.journalstore.adapter.rocksdb;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;

/** Questions about one block's entries in the index; both levels count. */
final class IndexLookup {
    private final JournalDb db;

    IndexLookup(JournalDb db) {
        this.db = db;
    }

    /** LSN of the first change of the block behind {@code lsn}; empty = the block was not written since. */
    OptionalLong firstAfter(int volume, long block, long lsn) {
        OptionalLong narrow = neighbour(volume, Layout.LEVEL_BLOCK, block, lsn + 1, false);
        OptionalLong wide = neighbour(volume, Layout.LEVEL_WIDE, block / Layout.WIDE_BLOCKS, lsn + 1, false);
        return narrow.isPresent() && wide.isPresent()
                ? OptionalLong.of(Math.min(narrow.getAsLong(), wide.getAsLong()))
                : narrow.isPresent() ? narrow : wide;
    }

    /** LSN of the newest change of the block that is in the index. */
    OptionalLong newest(int volume, long block) {
        OptionalLong narrow = neighbour(volume, Layout.LEVEL_BLOCK, block, Long.MAX_VALUE, true);
        OptionalLong wide = neighbour(volume, Layout.LEVEL_WIDE, block / Layout.WIDE_BLOCKS, Long.MAX_VALUE, true);
        return narrow.isPresent() && wide.isPresent()
                ? OptionalLong.of(Math.max(narrow.getAsLong(), wide.getAsLong()))
                : narrow.isPresent() ? narrow : wide;
    }

    /** Newer entries stand first: from an LSN, older ones follow and newer ones precede. */
    private OptionalLong neighbour(int volume, int level, long unit, long lsn, boolean older) {
        ByteBuffer key = ByteBuffer.allocateDirect(Layout.INDEX_KEY_BYTES);
        Layout.indexKey(key, volume, level, unit, lsn);
        try (ReadOptions options = new ReadOptions().setTotalOrderSeek(true);
                RocksIterator at = db.rocks().newIterator(db.index(), options)) {
            if (older) {
                at.seek(key);
            } else {
                at.seekForPrev(key);
            }
            JournalDb.requireSound(at);
            if (!at.isValid()) {
                return OptionalLong.empty();
            }
            ByteBuffer found = ByteBuffer.wrap(at.key());
            boolean same = Short.toUnsignedInt(found.getShort(0)) == volume
                    && found.get(2) == level
                    && Layout.unitOf(found) == unit;
            return same ? OptionalLong.of(Layout.lsnOf(found)) : OptionalLong.empty();
        }
    }
}
