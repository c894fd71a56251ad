package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.Findings;
import io.holdfast.kernel.error.HoldfastException;
import java.util.List;
import java.util.OptionalLong;
import org.rocksdb.RocksDBException;

/**
 * One pass over everything that a journal holds (docs/journal-recovery.md, "Scrub"): changes and chain, index, checkpoints, images. Each step reads
 * a few MiB at most and then lets go of the journal, so that applying, reading, ageing and closing go on between two steps. One thread.
 */
public final class JournalCheck {
    private final Journal journal;
    private final Findings findings = new Findings();
    private Opened begunWith;
    private HistoryCheck history;
    private IndexCheck index;
    private CheckpointsCheck checkpoints;
    private ImageCheck images;

    public JournalCheck(Journal journal) {
        this.journal = journal;
    }

    /**
     * What was read, and what is wrong.
     *
     * @param total findings; {@code findings} are the first {@link Findings#LIMIT} of them, lowest LSN first
     */
    public record Report(
            long changes,
            long changeBytes,
            long indexEntries,
            int checkpoints,
            long imageBytes,
            long total,
            List<Finding> findings) {}

    /** Reads all table files as RocksDB sees them, whatever they hold: takes as long as that takes, without steps. */
    public JournalCheck tables() {
        journal.using(opened -> {
            try {
                opened.db.rocks().verifyChecksum();
            } catch (RocksDBException damaged) {
                findings.add(
                        Finding.of(Finding.Kind.TABLE, "a table file fails its checksums: " + damaged.getMessage()));
            }
            return null;
        });
        return this;
    }

    /**
     * Goes one step on.
     *
     * @return bytes that were read; empty = the pass is complete
     * @throws HoldfastException {@code JOURNAL_NOT_FOUND} when the journal was closed; {@link #wasReopened} after another failure
     */
    public OptionalLong step() {
        return journal.using(opened -> {
            if (begunWith == null) {
                begin(opened);
            }
            if (opened != begunWith) {
                return OptionalLong.empty();
            }
            long read = history.step(opened, journal.snapshot().manifest().volumes());
            if (read < 0) {
                read = index.step(opened, journal.ageing());
            }
            if (read < 0) {
                read = checkpoints.step(journal, opened);
            }
            if (read < 0) {
                read = images.step(journal, opened);
            }
            return read < 0 ? OptionalLong.empty() : OptionalLong.of(read);
        });
    }

    private void begin(Opened opened) {
        begunWith = opened;
        ChainPlace head = opened.chainAtHead();
        long floor = journal.ageing().image();
        history = new HistoryCheck(opened, head, floor, findings);
        index = new IndexCheck(history, floor, head.lsn(), findings);
        checkpoints = new CheckpointsCheck(findings);
        images = new ImageCheck(journal.snapshot().manifest().volumes(), findings);
    }

    /** The journal was opened again since the pass began, perhaps at an earlier state: what was found means nothing. */
    public boolean wasReopened() {
        return begunWith != null && journal.using(opened -> opened != begunWith);
    }

    /** All steps without a break. */
    public Report toTheEnd() {
        while (step().isPresent()) {
            // The next one.
        }
        return report();
    }

    public Report report() {
        return new Report(
                history.changes(),
                history.bytes(),
                index.entries(),
                checkpoints.count(),
                images.bytes(),
                findings.total(),
                findings.kept());
    }
}
