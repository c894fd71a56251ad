package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.kernel.Block;
import org.rocksdb.RocksDBException;

/**
 * The index entries of a change without payload: whole 1 MiB units where it covers them, single blocks at its ends. So zeroing 1 GiB takes
 * about a thousand entries and not a quarter of a million.
 */
final class IndexUnits {
    private IndexUnits() {}

    interface Visitor {
        void visit(int level, long unit) throws RocksDBException;
    }

    static void of(long offset, long length, Visitor visitor) throws RocksDBException {
        long block = Block.indexOf(offset);
        long end = Block.indexOf(offset + length);
        while (block < end) {
            if (block % Layout.WIDE_BLOCKS == 0 && end - block >= Layout.WIDE_BLOCKS) {
                visitor.visit(Layout.LEVEL_WIDE, block / Layout.WIDE_BLOCKS);
                block += Layout.WIDE_BLOCKS;
            } else {
                visitor.visit(Layout.LEVEL_BLOCK, block);
                block++;
            }
        }
    }
}
