package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Reads a whole journal and compares everything that says the same thing twice: checksums, dense LSNs, changes against the index in both
 * directions, checkpoints against the history. Changes nothing.
 */
public final class JournalVerifier {
    /** Findings that are kept; a journal with more is not worth a longer list. */
    private static final int MAX_FINDINGS = 100;

    private final Journal journal;
    private final List<Finding> findings = new ArrayList<>();
    private long changes;
    private long bytes;
    private long expectedIndexEntries;

    public JournalVerifier(Journal journal) {
        this.journal = journal;
    }

    /**
     * Something that is not as it was written.
     *
     * @param lsn the change; -1 = none in particular
     * @param volumeIndex -1 = none in particular
     * @param block of that volume; -1 = none in particular
     */
    public record Finding(long lsn, int volumeIndex, long block, String what) {
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            if (lsn >= 0) {
                text.append("LSN ").append(lsn).append(": ");
            }
            if (block >= 0) {
                text.append("volume index ")
                        .append(volumeIndex)
                        .append(", block ")
                        .append(block)
                        .append(": ");
            }
            return text.append(what).toString();
        }
    }

    /** What was read, and everything that is wrong, lowest LSN first. */
    public record Report(long changes, long bytes, long indexEntries, int checkpoints, List<Finding> findings) {}

    /** Reads everything; takes as long as reading the journal takes. */
    public Report verify() {
        return journal.using(opened -> {
            tables(opened.db);
            changes(opened.db);
            long entries = index(opened.db);
            int checkpoints = checkpoints(opened);
            findings.sort(
                    java.util.Comparator.comparingLong(finding -> finding.lsn() < 0 ? Long.MAX_VALUE : finding.lsn()));
            return new Report(changes, bytes, entries, checkpoints, List.copyOf(findings));
        });
    }

    private void found(long lsn, int volume, long block, String what) {
        if (findings.size() < MAX_FINDINGS) {
            findings.add(new Finding(lsn, volume, block, what));
        }
    }

    private void tables(JournalDb db) {
        try {
            db.rocks().verifyChecksum();
        } catch (RocksDBException damaged) {
            found(-1, -1, -1, "a table file fails its checksums: " + damaged.getMessage());
        }
    }

    private void changes(JournalDb db) {
        long head = journal.snapshot().numbers().headLsn;
        long lsn = journal.ageing().dropped();
        int part = 0;
        int parts = 0;
        try (ReadOptions options = new ReadOptions().setFillCache(false).setReadaheadSize(4 << 20);
                RocksIterator at = db.rocks().newIterator(db.changes(), options)) {
            ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES + Layout.PART_BYTES);
            at.seek(Layout.changeKey(lsn + 1, 0));
            for (; at.isValid(); at.next()) {
                ByteBuffer key = ByteBuffer.wrap(at.key());
                long nextLsn = key.getLong();
                int nextPart = key.get();
                boolean continues = nextLsn == lsn && nextPart == part + 1 && nextPart < parts;
                boolean begins = nextLsn == lsn + 1 && nextPart == 0 && part + 1 >= parts;
                if (!continues && !begins) {
                    found(lsn + 1, -1, -1, "changes are missing before LSN %d part %d".formatted(nextLsn, nextPart));
                }
                lsn = nextLsn;
                part = nextPart;
                value.clear();
                at.value(value);
                parts = one(db, lsn, part, value);
            }
            JournalDb.requireSound(at);
            if (lsn != head) {
                found(lsn + 1, -1, -1, "the changes end at LSN %d, the head is %d".formatted(lsn, head));
            }
        } catch (HoldfastException unreadable) {
            unreadable(db, lsn, part, parts, unreadable);
        }
    }

    /** The value that cannot be read is the next part of the last change, or the next change; the index knows its blocks. */
    private void unreadable(JournalDb db, long lsn, int part, int parts, HoldfastException cause) {
        long bad = part + 1 < parts ? lsn : lsn + 1;
        try (ReadOptions options = new ReadOptions().setTotalOrderSeek(true);
                RocksIterator at = db.rocks().newIterator(db.index(), options)) {
            for (at.seekToFirst(); at.isValid(); at.next()) {
                ByteBuffer key = ByteBuffer.wrap(at.key());
                if (Layout.lsnOf(key) == bad) {
                    long unit = Layout.unitOf(key);
                    boolean wide = key.get(2) == Layout.LEVEL_WIDE;
                    found(
                            bad,
                            Short.toUnsignedInt(key.getShort(0)),
                            wide ? unit * Layout.WIDE_BLOCKS : unit,
                            cause.getMessage());
                    return;
                }
            }
        }
        found(bad, -1, -1, cause.getMessage());
    }

    /** @return the parts that the change has */
    private int one(JournalDb db, long lsn, int part, ByteBuffer value) {
        PartHeader header = PartHeader.read(value);
        if (header == null) {
            found(lsn, -1, -1, "the change's header does not match its checksum");
            return 1;
        }
        long block = Block.indexOf(header.offset()) + (long) part * Layout.PART_BYTES / Block.SIZE_BYTES;
        if (!header.matches(value, part)) {
            found(lsn, header.volume(), block, "the change's payload does not match its checksum");
        }
        List<VolumeSlot> slots = journal.snapshot().manifest().volumes();
        if (header.volume() >= slots.size()
                || header.offset() > slots.get(header.volume()).sizeBytes() - header.length()) {
            found(lsn, header.volume(), block, "the change is outside of every known volume");
        }
        if (part == 0) {
            changes++;
            bytes += header.type() == PartHeader.DATA ? header.length() : 0;
            expectIndex(db, lsn, header);
        }
        return header.parts();
    }

    private void expectIndex(JournalDb db, long lsn, PartHeader header) {
        ByteBuffer key = ByteBuffer.allocate(Layout.INDEX_KEY_BYTES);
        if (header.type() == PartHeader.DATA) {
            long first = Block.indexOf(header.offset());
            for (int place = 0; place < header.length() / Block.SIZE_BYTES; place++) {
                Layout.indexKey(key, header.volume(), Layout.LEVEL_BLOCK, first + place, lsn);
                byte[] entry = db.get(db.index(), key.array());
                if (entry == null || entry.length != 1 || Byte.toUnsignedInt(entry[0]) != place) {
                    found(lsn, header.volume(), first + place, "the index entry is missing or wrong");
                }
                expectedIndexEntries++;
            }
            return;
        }
        try {
            IndexUnits.of(header.offset(), header.length(), (level, unit) -> {
                Layout.indexKey(key, header.volume(), level, unit, lsn);
                byte[] entry = db.get(db.index(), key.array());
                if (entry == null || entry.length != 0) {
                    long block = level == Layout.LEVEL_WIDE ? unit * Layout.WIDE_BLOCKS : unit;
                    found(lsn, header.volume(), block, "the index entry is missing or wrong");
                }
                expectedIndexEntries++;
            });
        } catch (RocksDBException failure) {
            throw StorageFailures.translate("reading the index", failure);
        }
    }

    /** Every expected entry was found; as many as that, and no more, may exist behind what ageing has dropped. */
    private long index(JournalDb db) {
        long dropped = journal.ageing().dropped();
        long entries = 0;
        OptionalLong orphan = OptionalLong.empty();
        try (ReadOptions options = new ReadOptions().setTotalOrderSeek(true).setFillCache(false);
                RocksIterator at = db.rocks().newIterator(db.index(), options)) {
            for (at.seekToFirst(); at.isValid(); at.next()) {
                long lsn = Layout.lsnOf(ByteBuffer.wrap(at.key()));
                if (lsn > dropped) {
                    entries++;
                } else {
                    orphan = OptionalLong.of(lsn);
                }
            }
            JournalDb.requireSound(at);
        } catch (HoldfastException unreadable) {
            found(-1, -1, -1, "the index cannot be read: " + unreadable.getMessage());
            return entries;
        }
        if (orphan.isPresent()) {
            found(orphan.getAsLong(), -1, -1, "an index entry is left of a change that was dropped");
        }
        if (findings.isEmpty() && entries != expectedIndexEntries) {
            found(-1, -1, -1, "the index has %d entries, the changes need %d".formatted(entries, expectedIndexEntries));
        }
        return entries;
    }

    private int checkpoints(Opened opened) {
        int count = 0;
        try {
            for (Checkpoint checkpoint : opened.checkpoints.oldestFirst(Integer.MAX_VALUE, _ -> true)) {
                count++;
                try {
                    new JournalPoints(journal)
                            .open(new io.holdfast.journalstore.journal.Point.AtCheckpoint(checkpoint.id()))
                            .close();
                } catch (HoldfastException refused) {
                    found(
                            checkpoint.lsn().value(),
                            -1,
                            -1,
                            "checkpoint %s is listed and cannot be opened: %s".formatted(checkpoint.id(), refused));
                }
            }
        } catch (HoldfastException unreadable) {
            found(-1, -1, -1, "the checkpoints cannot be read: " + unreadable.getMessage());
        }
        return count;
    }
}
