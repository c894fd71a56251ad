package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.integrity.ChainPlace;
import io.holdfast.journalstore.integrity.Digest;
import io.holdfast.journalstore.integrity.Finding;
import io.holdfast.journalstore.integrity.Findings;
import io.holdfast.journalstore.integrity.HistoryChain;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.kernel.error.HoldfastException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Recomputes the chain over what is in the history and compares it at every checkpoint and at the end. Where a part cannot be chained it goes on
 * from the next checkpoint's digest. One thread.
 */
final class ChainCheck {
    private static final int CHECKPOINTS_AT_ONCE = 256;

    private final Findings findings;
    private final HistoryChain chain;
    private final Deque<Checkpoint> next = new ArrayDeque<>();
    private long nextOrdinal;
    private boolean broken;
    /** The chain was right here. */
    private long good;

    ChainCheck(ChainPlace anchor, Findings findings) {
        this.findings = findings;
        chain = new HistoryChain(anchor);
        good = anchor.lsn();
    }

    /** Takes a sound part. */
    void part(long lsn, ByteBuffer value) {
        if (!broken) {
            chain.add(lsn, value);
        }
    }

    /** A change cannot be chained. */
    void broken() {
        broken = true;
    }

    /** Ageing has passed the place where the check was. */
    void jump(ChainPlace anchor) {
        chain.restart(anchor);
        broken = false;
        good = anchor.lsn();
    }

    /** Everything up to {@code lsn} was taken: compares with the checkpoints there. */
    void reached(CheckpointTable checkpoints, long lsn) {
        while (true) {
            if (next.isEmpty()) {
                next.addAll(fetch(checkpoints));
                if (next.isEmpty()) {
                    return;
                }
                nextOrdinal = next.getLast().ordinal() + 1;
            }
            if (next.getFirst().lsn().value() > lsn) {
                return;
            }
            Checkpoint checkpoint = next.removeFirst();
            if (checkpoint.lsn().value() == lsn && checkpoint.digest().isPresent()) {
                compare(lsn, checkpoint.digest().get(), "checkpoint " + checkpoint.id());
            }
        }
    }

    private List<Checkpoint> fetch(CheckpointTable checkpoints) {
        try {
            return checkpoints.from(nextOrdinal, CHECKPOINTS_AT_ONCE);
        } catch (HoldfastException unreadable) {
            // Named where the checkpoints themselves are looked at; the next one that can be read is behind at most
            // this many.
            nextOrdinal++;
            return List.of();
        }
    }

    /** The last comparison. */
    void end(ChainPlace expected) {
        compare(expected.lsn(), expected.digest(), "the journal's head");
    }

    private void compare(long lsn, Digest expected, String what) {
        if (lsn < chain.lsn()) {
            // The chain begins later: nothing was chained here.
            return;
        }
        if (!broken && !chain.place().equals(new ChainPlace(lsn, expected))) {
            findings.add(Finding.at(
                    Finding.Kind.CHAIN,
                    good + 1,
                    "what LSN %d to %d hold is not what was applied: the digest of %s differs"
                            .formatted(good + 1, lsn, what)));
        }
        chain.restart(new ChainPlace(lsn, expected));
        broken = false;
        good = lsn;
    }
}
