package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Reads consecutive changes for ageing, past damaged ones whose blocks are known: by their own header, or because a scrub has found them. Damage
 * that nobody knows the blocks of ends the scan.
 */
final class ChangeScan {
    private final JournalDb db;
    private final Map<Long, List<Finding>> knownDamage;
    private final boolean payloads;

    /** @param payloads false = only headers are looked at */
    ChangeScan(JournalDb db, Map<Long, List<Finding>> knownDamage, boolean payloads) {
        this.db = db;
        this.knownDamage = knownDamage;
        this.payloads = payloads;
    }

    /** Takes what is read, in order. */
    interface Visitor {
        /** A sound part; {@code value} begins with its header. */
        void part(long lsn, int part, PartHeader header, ByteBuffer value) throws IOException;

        /** The payload of this part is not what it was; its header is sound. */
        void damagedPart(long lsn, int part, PartHeader header, ByteBuffer value) throws IOException;

        /** The change, or the rest of it, cannot be read. */
        void lost(long lsn, List<Finding> blocks) throws IOException;
    }

    /** @throws HoldfastException {@code JOURNAL_DAMAGED} naming a change whose blocks are not known; storage failures */
    void read(long after, long last, Visitor visitor) throws IOException {
        long at = after;
        while (at < last) {
            at = readSound(at, last, visitor);
        }
    }

    /** @return where to go on */
    private long readSound(long after, long last, Visitor visitor) throws IOException {
        long done = after;
        int parts = 0;
        int part = 0;
        try (Slice bound = new Slice(Layout.changeKey(last + 1, 0));
                ReadOptions options = new ReadOptions()
                        .setIterateUpperBound(bound)
                        .setFillCache(false)
                        .setReadaheadSize(2 << 20);
                RocksIterator changes = db.rocks().newIterator(db.changes(), options)) {
            ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES + (payloads ? Layout.PART_BYTES : 0));
            for (changes.seek(Layout.changeKey(after + 1, 0)); changes.isValid(); changes.next()) {
                ByteBuffer key = ByteBuffer.wrap(changes.key());
                long lsn = key.getLong();
                part = key.get();
                value.clear();
                changes.value(value);
                PartHeader header = PartHeader.read(value);
                if (header == null) {
                    return passLost(lsn, null, visitor);
                }
                done = lsn;
                parts = header.parts();
                if (payloads && !header.matches(value, part)) {
                    visitor.damagedPart(lsn, part, header, value);
                } else {
                    visitor.part(lsn, part, header, value);
                }
            }
            JournalDb.requireSound(changes);
            return last;
        } catch (HoldfastException unreadable) {
            if (unreadable.code() != JournalError.JOURNAL_DAMAGED) {
                throw unreadable;
            }
            return passLost(part + 1 < parts ? done : done + 1, unreadable, visitor);
        }
    }

    private long passLost(long lsn, HoldfastException cause, Visitor visitor) throws IOException {
        List<Finding> blocks = knownDamage.get(lsn);
        if (blocks == null) {
            throw cause != null ? cause : damaged(lsn);
        }
        visitor.lost(lsn, blocks);
        return lsn;
    }

    private static HoldfastException damaged(long lsn) {
        return new HoldfastException(
                JournalError.JOURNAL_DAMAGED, "change %d does not match its checksum".formatted(lsn));
    }

    /** The first block of a part. */
    static long blockOf(PartHeader header, int part) {
        return Block.indexOf(header.offset()) + (long) part * Layout.PART_BYTES / Block.SIZE_BYTES;
    }
}
