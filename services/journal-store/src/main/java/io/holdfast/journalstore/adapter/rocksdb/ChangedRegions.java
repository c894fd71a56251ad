package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.differences.RegionSet;
import io.holdfast.kernel.Block;
import java.nio.ByteBuffer;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/** Which regions of a volume have changes behind an LSN, by the index alone: what the changes hold is not read. */
final class ChangedRegions {
    /** After this many further entries of a region that is known it is cheaper to seek. */
    private static final int STEPS_BEFORE_SEEK = 8;

    private ChangedRegions() {}

    static void add(JournalDb db, int volume, long after, RegionSet into) {
        add(db, volume, Layout.LEVEL_BLOCK, RegionSet.BLOCKS, Block.SIZE_BYTES, after, into);
        add(db, volume, Layout.LEVEL_WIDE, 1, (long) Layout.WIDE_BLOCKS * Block.SIZE_BYTES, after, into);
    }

    /** @param group units that are known together once one of them is */
    private static void add(
            JournalDb db, int volume, int level, long group, long unitBytes, long after, RegionSet into) {
        try (Slice bound = new Slice(Layout.indexBound(volume, level + 1, 0));
                ReadOptions options = new ReadOptions()
                        .setTotalOrderSeek(true)
                        .setFillCache(false)
                        .setIterateUpperBound(bound);
                RocksIterator at = db.rocks().newIterator(db.index(), options)) {
            at.seek(Layout.indexBound(volume, level, 0));
            while (at.isValid()) {
                ByteBuffer key = ByteBuffer.wrap(at.key());
                long unit = Layout.unitOf(key);
                if (Layout.lsnOf(key) <= after) {
                    at.next();
                    continue;
                }
                into.add(unit * unitBytes, unitBytes);
                pass(at, volume, level, (unit / group + 1) * group);
            }
            JournalDb.requireSound(at);
        }
    }

    /** Goes on to the first entry of {@code next} or a later unit. */
    private static void pass(RocksIterator at, int volume, int level, long next) {
        for (int step = 0; step < STEPS_BEFORE_SEEK; step++) {
            at.next();
            if (!at.isValid() || Layout.unitOf(ByteBuffer.wrap(at.key())) >= next) {
                return;
            }
        }
        at.seek(Layout.indexBound(volume, level, next));
    }
}
