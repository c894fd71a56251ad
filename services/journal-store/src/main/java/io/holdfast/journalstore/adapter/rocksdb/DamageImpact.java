package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.integrity.DamagedRange;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.CheckpointMarks;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.Block;
import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.error.HoldfastException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What damage means: which checkpoints it touches, and which blocks the source has to send again. */
public final class DamageImpact {
    private static final int CHECKPOINTS_AT_ONCE = 500;

    private final Journal journal;

    public DamageImpact(Journal journal) {
        this.journal = journal;
    }

    /** Points from {@code from} on and before {@code until} read the damaged bytes. */
    private record Touched(long from, long until, Finding finding) {
        boolean has(Checkpoint checkpoint) {
            return checkpoint.lsn().value() >= from && checkpoint.lsn().value() < until;
        }
    }

    /**
     * Marks every checkpoint whose bytes are concerned as SUSPECT, durably; one that is marked already keeps its evidence.
     *
     * @return the newly marked ones
     */
    public List<Checkpoint> markSuspects(List<Finding> findings, long nowMicros) {
        List<Touched> touched = journal.using(opened -> findings.stream()
                .map(finding -> touchedBy(opened, finding))
                .flatMap(Optional::stream)
                .toList());
        List<Checkpoint> marked = new ArrayList<>();
        if (touched.isEmpty()) {
            return marked;
        }
        JournalPoints points = new JournalPoints(journal);
        long next = 0;
        while (true) {
            long from = next;
            List<Checkpoint> some = journal.using(opened -> opened.checkpoints.from(from, CHECKPOINTS_AT_ONCE));
            if (some.isEmpty()) {
                return marked;
            }
            List<Checkpoint> suspects = new ArrayList<>();
            for (Checkpoint checkpoint : some) {
                next = checkpoint.ordinal() + 1;
                if (checkpoint.marks().suspect().isEmpty()) {
                    touched.stream()
                            .filter(one -> one.has(checkpoint))
                            .findFirst()
                            .ifPresent(one -> suspects.add(suspect(checkpoint, one.finding(), nowMicros)));
                }
            }
            marked.addAll(points.markAll(suspects));
        }
    }

    private static Checkpoint suspect(Checkpoint checkpoint, Finding finding, long nowMicros) {
        return checkpoint.withMarks(checkpoint
                .marks()
                .with(
                        CheckpointMarks.Kind.SUSPECT,
                        Optional.of(CheckpointMarks.Evidence.cut(nowMicros, "scrub found: " + finding))));
    }

    private Optional<Touched> touchedBy(Opened opened, Finding finding) {
        return switch (finding.kind()) {
            case TABLE, CHECKPOINT -> Optional.empty();
            case IMAGE ->
                Optional.of(new Touched(
                        0, overwritten(opened, finding, journal.ageing().image()), finding));
            case CHANGE, INDEX, CHAIN ->
                finding.lsn() < 0
                        ? Optional.empty()
                        : Optional.of(new Touched(
                                finding.lsn(),
                                finding.namesBlocks() ? overwritten(opened, finding, finding.lsn()) : Long.MAX_VALUE,
                                finding));
        };
    }

    /** LSN by which all damaged blocks have been written again behind {@code after}. */
    private static long overwritten(Opened opened, Finding finding, long after) {
        IndexLookup index = new IndexLookup(opened.db);
        long last = after;
        for (long block = finding.block(); block < finding.block() + finding.blocks(); block++) {
            OptionalLong written = index.firstAfter(finding.volumeIndex(), block, after);
            if (written.isEmpty()) {
                return Long.MAX_VALUE;
            }
            last = Math.max(last, written.getAsLong());
        }
        return last;
    }

    /** Blocks of protected volumes that cannot be read as of the head: what newer data has covered is not among them. */
    public List<DamagedRange> needsResend(List<Finding> findings) {
        List<DamagedRange> ranges = new ArrayList<>();
        List<VolumeSlot> volumes = journal.snapshot().manifest().volumes();
        for (Finding finding : findings) {
            boolean concerned = finding.namesBlocks()
                    && finding.volumeIndex() < volumes.size()
                    && volumes.get(finding.volumeIndex()).isProtected();
            if (concerned) {
                ofFinding(finding, volumes.get(finding.volumeIndex()), ranges);
            }
        }
        return ranges;
    }

    private void ofFinding(Finding finding, VolumeSlot slot, List<DamagedRange> ranges) {
        for (long block = finding.block(); block < finding.block() + finding.blocks(); block++) {
            if (isDamagedNow(finding, slot, block)) {
                DamagedRange last = ranges.isEmpty() ? null : ranges.getLast();
                if (last != null && last.volumeIndex() == slot.index() && last.block() + last.blocks() == block) {
                    ranges.set(ranges.size() - 1, new DamagedRange(slot.index(), last.block(), last.blocks() + 1));
                } else {
                    ranges.add(new DamagedRange(slot.index(), block, 1));
                }
            }
        }
    }

    private boolean isDamagedNow(Finding finding, VolumeSlot slot, long block) {
        if (finding.kind() == Finding.Kind.INDEX) {
            OptionalLong newest = journal.using(opened -> new IndexLookup(opened.db).newest(slot.index(), block));
            return finding.lsn() > journal.ageing().image()
                    && (newest.isEmpty() || newest.getAsLong() <= finding.lsn());
        }
        return isUnreadable(slot, block, journal.snapshot().head());
    }

    private boolean isUnreadable(VolumeSlot slot, long block, Lsn lsn) {
        Optional<Leases.Lease> lease = journal.leases().take(lsn);
        if (lease.isEmpty()) {
            return false;
        }
        try (Leases.Lease held = lease.get()) {
            journal.reader(slot, held.lsn()).read(Block.offsetOf(block), ByteBuffer.allocate(Block.SIZE_BYTES));
            return false;
        } catch (HoldfastException unreadable) {
            return unreadable.code() == JournalError.JOURNAL_DAMAGED;
        } catch (IOException unreadable) {
            return true;
        }
    }

    /** Findings that are still true: of a change in the history, or of blocks that cannot be read at its end or at its beginning. */
    public List<Finding> stillThere(List<Finding> findings) {
        return findings.stream().filter(this::isStillThere).toList();
    }

    private boolean isStillThere(Finding finding) {
        if (finding.lsn() > journal.ageing().dropped()) {
            return true;
        }
        List<VolumeSlot> volumes = journal.snapshot().manifest().volumes();
        if (!finding.namesBlocks() || finding.volumeIndex() >= volumes.size()) {
            return finding.lsn() < 0;
        }
        VolumeSlot slot = volumes.get(finding.volumeIndex());
        for (long block = finding.block(); block < finding.block() + finding.blocks(); block++) {
            if (isDamagedNow(finding, slot, block) || isUnreadable(slot, block, journal.tail())) {
                return true;
            }
        }
        return false;
    }
}
