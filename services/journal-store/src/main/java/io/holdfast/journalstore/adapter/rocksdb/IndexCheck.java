package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.EntryCounts;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.Findings;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * Reads the index in key order, in steps, compares it with what {@link HistoryCheck} says must be there, and finds the blocks of changes that do
 * not name them any more. One thread.
 */
final class IndexCheck {
    private static final int STEP_ENTRIES = 50_000;
    private static final int ENTRY_BYTES = 24;
    /** Spans of LSNs that are looked at one by one; more differ only when the index is lost as a whole. */
    private static final int SPANS_LOCATED = 16;

    private record Unit(int volume, int level, long unit) {}

    private final HistoryCheck history;
    private final long floor;
    private final long head;
    private final Findings findings;
    private final EntryCounts found = new EntryCounts();
    private final Map<Long, List<Unit>> blocksOfUnreadable = new TreeMap<>();
    private byte[] next = new byte[0];
    private long entries;
    private boolean readToTheEnd;
    private boolean ended;

    /** @param floor entries up to here are left to ageing */
    IndexCheck(HistoryCheck history, long floor, long head, Findings findings) {
        this.history = history;
        this.floor = floor;
        this.head = head;
        this.findings = findings;
    }

    /** @return about how many bytes were read; negative = the end was reached before */
    long step(Opened opened, AgeingPosition now) {
        if (ended) {
            return -1;
        }
        long before = entries;
        try (ReadOptions options = new ReadOptions().setTotalOrderSeek(true).setFillCache(false);
                RocksIterator at = opened.db.rocks().newIterator(opened.db.index(), options)) {
            for (at.seek(next); at.isValid() && entries - before < STEP_ENTRIES; at.next()) {
                take(at, now);
            }
            JournalDb.requireSound(at);
            if (at.isValid()) {
                next = at.key();
            } else {
                readToTheEnd = true;
                ended = true;
            }
        } catch (HoldfastException unreadable) {
            findings.add(Finding.of(Finding.Kind.INDEX, "the index cannot be read: " + unreadable.getMessage()));
            ended = true;
        }
        if (ended) {
            end(opened, now);
        }
        return (entries - before) * ENTRY_BYTES;
    }

    private void take(RocksIterator at, AgeingPosition now) {
        entries++;
        ByteBuffer key = ByteBuffer.wrap(at.key());
        int volume = Short.toUnsignedInt(key.getShort(0));
        int level = key.get(2);
        long unit = Layout.unitOf(key);
        long lsn = Layout.lsnOf(key);
        if (lsn <= now.dropped()) {
            findings.add(Finding.at(Finding.Kind.INDEX, lsn, "an index entry is left of a change that was dropped"));
        }
        if (lsn > floor && lsn <= head) {
            byte[] value = at.value();
            found.add(lsn, volume, level, unit, value.length == 0 ? -1 : Byte.toUnsignedInt(value[0]));
        }
        if (history.unreadable().containsKey(lsn)) {
            blocksOfUnreadable.computeIfAbsent(lsn, _ -> new ArrayList<>()).add(new Unit(volume, level, unit));
        }
    }

    private void end(Opened opened, AgeingPosition now) {
        history.unreadable().forEach((lsn, what) -> nameUnreadable(lsn, what));
        if (!readToTheEnd || !history.isComplete()) {
            return;
        }
        int located = 0;
        for (long span : history.expected().differences(found)) {
            long first = Math.max(span * EntryCounts.SPAN, floor + 1);
            long last = Math.min((span + 1) * EntryCounts.SPAN - 1, head);
            boolean agedMeanwhile = now.image() > floor && first <= now.image();
            boolean explained = history.unreadable().floorKey(last) != null
                    && history.unreadable().floorKey(last) >= first;
            if (!agedMeanwhile && !explained && located++ < SPANS_LOCATED) {
                locate(opened, first, last);
            }
        }
    }

    private void nameUnreadable(long lsn, String what) {
        List<Unit> units = blocksOfUnreadable.getOrDefault(lsn, List.of());
        if (units.isEmpty()) {
            findings.add(Finding.ofChange(lsn, what));
        }
        for (int i = 0; i < units.size(); ) {
            Unit first = units.get(i);
            int run = 1;
            while (i + run < units.size()
                    && units.get(i + run).equals(new Unit(first.volume(), first.level(), first.unit() + run))) {
                run++;
            }
            int width = first.level() == Layout.LEVEL_WIDE ? Layout.WIDE_BLOCKS : 1;
            findings.add(
                    new Finding(Finding.Kind.CHANGE, lsn, first.volume(), first.unit() * width, run * width, what));
            i += run;
        }
    }

    /** Compares the entries of a few thousand changes one by one. */
    private void locate(Opened opened, long first, long last) {
        long before = findings.total();
        ByteBuffer value = ByteBuffer.allocateDirect(PartHeader.BYTES);
        try (Slice bound = new Slice(Layout.changeKey(last + 1, 0));
                ReadOptions options =
                        new ReadOptions().setIterateUpperBound(bound).setFillCache(false);
                RocksIterator at = opened.db.rocks().newIterator(opened.db.changes(), options)) {
            for (at.seek(Layout.changeKey(first, 0)); at.isValid(); at.next()) {
                ByteBuffer key = ByteBuffer.wrap(at.key());
                long lsn = key.getLong();
                value.clear();
                at.value(value);
                PartHeader header = key.get() == 0 ? PartHeader.read(value) : null;
                if (header != null) {
                    HistoryCheck.visitEntries(
                            header, (level, unit, place) -> expect(opened.db, lsn, header, level, unit, place));
                }
            }
            JournalDb.requireSound(at);
        }
        if (findings.total() == before) {
            findings.add(Finding.at(
                    Finding.Kind.INDEX,
                    first,
                    "between LSN %d and %d the index has entries that no change needs".formatted(first, last)));
        }
    }

    private void expect(JournalDb db, long lsn, PartHeader header, int level, long unit, int place) {
        ByteBuffer key = ByteBuffer.allocate(Layout.INDEX_KEY_BYTES);
        Layout.indexKey(key, header.volume(), level, unit, lsn);
        byte[] entry = db.get(db.index(), key.array());
        boolean right = entry != null
                && (place < 0 ? entry.length == 0 : entry.length == 1 && Byte.toUnsignedInt(entry[0]) == place);
        if (!right) {
            int width = level == Layout.LEVEL_WIDE ? Layout.WIDE_BLOCKS : 1;
            findings.add(new Finding(
                    Finding.Kind.INDEX,
                    lsn,
                    header.volume(),
                    unit * width,
                    width,
                    "the index entry is missing or wrong"));
        }
    }

    long entries() {
        return entries;
    }
}
