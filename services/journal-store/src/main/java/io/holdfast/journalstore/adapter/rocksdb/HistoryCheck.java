package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.integrity.EntryCounts;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.Findings;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeMap;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Reads the changes in LSN order, in steps: headers, payloads, dense LSNs, the chain; and notes which index entries there must be. Ageing may go
 * on meanwhile. One thread.
 */
final class HistoryCheck {
    private static final long STEP_BYTES = 4 << 20;
    /** After so many changes in a row that cannot be read, a whole file is gone: no use in trying each LSN. */
    private static final int GIVES_UP_AFTER = 256;

    private final Findings findings;
    private final ChainCheck chain;
    private final ChainPlace target;
    private final long entriesFrom;
    private final EntryCounts expected = new EntryCounts();
    private final TreeMap<Long, String> unreadable = new TreeMap<>();
    private final ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES + Layout.PART_BYTES);
    private long at;
    private int part;
    private int parts;
    private int unreadableInARow;
    private boolean ended;
    private long changes;
    private long bytes;

    /**
     * @param target the head and its chain when the pass began; later changes are left to the next pass
     * @param entriesFrom only changes behind this LSN need index entries
     */
    HistoryCheck(Opened opened, ChainPlace target, long entriesFrom, Findings findings) {
        this.findings = findings;
        this.target = target;
        this.entriesFrom = entriesFrom;
        at = dropped(opened);
        chain = new ChainCheck(opened.anchor(), findings);
    }

    /** @return bytes read; negative = the end was reached before */
    long step(Opened opened, List<VolumeSlot> slots) {
        if (ended) {
            return -1;
        }
        jumpOverAged(opened);
        long before = bytes;
        try (Slice bound = new Slice(Layout.changeKey(target.lsn() + 1, 0));
                ReadOptions options = new ReadOptions()
                        .setIterateUpperBound(bound)
                        .setFillCache(false)
                        .setReadaheadSize(2 << 20);
                RocksIterator changes = opened.db.rocks().newIterator(opened.db.changes(), options)) {
            scan(opened, changes, slots);
        } catch (HoldfastException unreadablePart) {
            // The next part of the change, or the next change.
            long bad = part + 1 < parts ? at : at + 1;
            note(bad, String.valueOf(unreadablePart.getMessage()));
            at = bad;
            part = 0;
            parts = 1;
            if (++unreadableInARow >= GIVES_UP_AFTER) {
                findings.add(Finding.ofChange(
                        bad + 1,
                        "%d changes in a row cannot be read; what follows was not looked at"
                                .formatted(GIVES_UP_AFTER)));
                ended = true;
            }
        }
        return bytes - before;
    }

    private void note(long lsn, String what) {
        chain.broken();
        if (unreadable.size() < Findings.LIMIT) {
            unreadable.put(lsn, what);
        } else {
            findings.add(Finding.ofChange(lsn, what));
        }
    }

    private void jumpOverAged(Opened opened) {
        long dropped = dropped(opened);
        if (dropped <= at) {
            return;
        }
        // Read after `dropped`, and written together with it: not older.
        chain.jump(opened.anchor());
        at = dropped;
        part = 0;
        parts = 1;
    }

    private void scan(Opened opened, RocksIterator changes, List<VolumeSlot> slots) {
        long stepEnd = bytes + STEP_BYTES;
        for (changes.seek(Layout.changeKey(at + 1, 0)); changes.isValid(); changes.next()) {
            ByteBuffer key = ByteBuffer.wrap(changes.key());
            long lsn = key.getLong();
            int next = key.get();
            if (lsn != at) {
                if (part + 1 < parts) {
                    note(at, "part %d of the change is missing".formatted(part + 1));
                }
                chain.reached(opened.checkpoints, at);
                if (bytes >= stepEnd) {
                    part = 0;
                    parts = 1;
                    return;
                }
                if (lsn != at + 1) {
                    if (dropped(opened) > at) {
                        // Ageing was here while this iterator was open: the next step goes on behind it.
                        part = 0;
                        parts = 1;
                        return;
                    }
                    note(at + 1, "changes are missing before LSN %d".formatted(lsn));
                }
            }
            boolean inOrder = lsn == at ? next == part + 1 && next < parts : next == 0;
            at = lsn;
            part = next;
            value.clear();
            changes.value(value);
            bytes += value.limit();
            one(lsn, next, inOrder, slots);
            unreadableInARow = 0;
        }
        JournalDb.requireSound(changes);
        end(opened);
    }

    private static long dropped(Opened opened) {
        return AgeingPosition.decode(opened.db.get(opened.db.meta(), Layout.AGEING), Long.MAX_VALUE)
                .dropped();
    }

    private void one(long lsn, int number, boolean inOrder, List<VolumeSlot> slots) {
        PartHeader header = PartHeader.read(value);
        if (header == null || !inOrder) {
            parts = 1;
            note(lsn, header == null ? "the change's header does not match its checksum" : "a part is missing");
            return;
        }
        parts = header.parts();
        chain.part(lsn, value);
        if (!header.isChange()) {
            return;
        }
        long block = Block.indexOf(header.offset()) + (long) number * Layout.PART_BYTES / Block.SIZE_BYTES;
        if (!header.matches(value, number)) {
            int blocks = Math.max(1, header.payloadOf(number) / Block.SIZE_BYTES);
            findings.add(new Finding(
                    Finding.Kind.CHANGE,
                    lsn,
                    header.volume(),
                    block,
                    blocks,
                    "the change's payload does not match its checksum"));
        }
        if (header.volume() >= slots.size()
                || header.offset() > slots.get(header.volume()).sizeBytes() - header.length()) {
            findings.add(new Finding(
                    Finding.Kind.CHANGE,
                    lsn,
                    header.volume(),
                    block,
                    0,
                    "the change is outside of every known volume"));
        }
        if (number == 0) {
            changes++;
            if (lsn > entriesFrom) {
                visitEntries(header, (level, unit, place) -> expected.add(lsn, header.volume(), level, unit, place));
            }
        }
    }

    /** One entry that a change has in the index. */
    interface EntryVisitor {
        /** @param place the block's place in its change; -1 = zeroes */
        void entry(int level, long unit, int place);
    }

    static void visitEntries(PartHeader header, EntryVisitor visitor) {
        if (header.type() == PartHeader.DATA) {
            long first = Block.indexOf(header.offset());
            for (int place = 0; place < header.length() / Block.SIZE_BYTES; place++) {
                visitor.entry(Layout.LEVEL_BLOCK, first + place, place);
            }
            return;
        }
        try {
            IndexUnits.of(header.offset(), header.length(), (level, unit) -> visitor.entry(level, unit, -1));
        } catch (RocksDBException nothingHereThrowsIt) {
            throw new IllegalStateException(nothingHereThrowsIt);
        }
    }

    private void end(Opened opened) {
        ended = true;
        if (part + 1 < parts) {
            note(at, "part %d of the change is missing".formatted(part + 1));
        }
        chain.reached(opened.checkpoints, at);
        if (at < target.lsn() && dropped(opened) <= at) {
            note(at + 1, "the changes end at LSN %d, the head is %d".formatted(at, target.lsn()));
        } else if (at == target.lsn()) {
            chain.end(target);
        }
    }

    /** Changes whose blocks are not known from themselves, and why. */
    TreeMap<Long, String> unreadable() {
        return unreadable;
    }

    EntryCounts expected() {
        return expected;
    }

    /** Whether every change was looked at. */
    boolean isComplete() {
        return ended && unreadableInARow < GIVES_UP_AFTER;
    }

    long changes() {
        return changes;
    }

    long bytes() {
        return bytes;
    }
}
