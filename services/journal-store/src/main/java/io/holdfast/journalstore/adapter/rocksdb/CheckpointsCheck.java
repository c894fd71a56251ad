package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.Findings;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Point;
import io.holdfast.kernel.error.HoldfastException;
import java.util.List;

/** Opens every listed checkpoint, in steps. One thread. */
final class CheckpointsCheck {
    private static final int STEP = 500;
    private static final int ROUGH_BYTES = 100;

    private final Findings findings;
    private long nextOrdinal;
    private int count;
    private boolean ended;

    CheckpointsCheck(Findings findings) {
        this.findings = findings;
    }

    /** @return about how many bytes were read; negative = the end was reached before */
    long step(Journal journal, Opened opened) {
        if (ended) {
            return -1;
        }
        try {
            List<Checkpoint> some = opened.checkpoints.from(nextOrdinal, STEP);
            for (Checkpoint checkpoint : some) {
                open(journal, checkpoint);
                nextOrdinal = checkpoint.ordinal() + 1;
            }
            count += some.size();
            ended = some.isEmpty();
            return (long) some.size() * ROUGH_BYTES;
        } catch (HoldfastException unreadable) {
            findings.add(
                    Finding.of(Finding.Kind.CHECKPOINT, "the checkpoints cannot be read: " + unreadable.getMessage()));
            ended = true;
            return 0;
        }
    }

    private void open(Journal journal, Checkpoint checkpoint) {
        try {
            new JournalPoints(journal).open(pointOf(journal, checkpoint)).close();
        } catch (HoldfastException refused) {
            // Ageing may have been faster.
            if (!journal.tail().isAfter(checkpoint.lsn())) {
                findings.add(Finding.at(
                        Finding.Kind.CHECKPOINT,
                        checkpoint.lsn().value(),
                        "checkpoint %s is listed and cannot be opened: %s".formatted(checkpoint.id(), refused)));
            }
        }
    }

    /** A branch's checkpoints can be opened as such. */
    private static Point pointOf(Journal journal, Checkpoint checkpoint) {
        Point.AtCheckpoint plain = new Point.AtCheckpoint(checkpoint.id());
        return journal.fork()
                .filter(fork -> fork.retained() && fork.hasLeftBehind(checkpoint.lsn()))
                .<Point>map(fork -> new Point.OnBranch(fork.branch(), plain))
                .orElse(plain);
    }

    int count() {
        return count;
    }
}
