package io.holdfast.journalstore.adapter.rocksdb;

import io.holdfast.journalstore.ageing.AgeingInputs;
import io.holdfast.journalstore.ageing.AgeingRules;
import io.holdfast.journalstore.apply.AppliedNumbers;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.kernel.Lsn;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** Moves one journal's tail. One thread; apply and readers go on meanwhile. */
public final class JournalAgeing {
    /** Checkpoints that leave the list in one round. */
    private static final int EXPIRIES_PER_ROUND = 10_000;

    private final Journal journal;
    private final long roundBytes;
    private final Duration patience;
    private final Duration silence;
    private long lastRoundNanos;
    private long freedTo;

    /**
     * @param roundBytes work of one round; larger means fewer flushes and longer rounds
     * @param patience how long a round of less than an eighth of that waits for more work: each costs two flushes
     * @param silence time without checkpoints behind which the history's window stands still; zero = it never does
     */
    public JournalAgeing(Journal journal, long roundBytes, Duration patience, Duration silence) {
        this.journal = journal;
        this.roundBytes = roundBytes;
        this.patience = patience;
        this.silence = silence;
        lastRoundNanos = System.nanoTime() - patience.toNanos();
    }

    /**
     * What one round did.
     *
     * @param bytes brought into the images
     * @param more whether another round has work at once
     * @param stuck whether the size limit is exceeded and nothing may be aged
     */
    public record Outcome(long bytes, boolean more, boolean stuck) {}

    /** Finishes what a crash interrupted, then does at most one round. */
    public Outcome run(Instant now) {
        return journal.using(opened -> {
            AgeingRound round = new AgeingRound(journal, opened);
            free(opened.db);
            journal.keptDisks().expire(now);
            long[] bytes = {0};
            finish(round, bytes);
            if (leavesBranch()) {
                return leaveBranch(round, opened, bytes);
            }
            if (journal.forkState().hasRemains()) {
                forgetBranch(opened);
            }
            Instant windowStart = windowStart(opened, now);
            AgeingRules.Decision decision = decide(opened, windowStart);
            AgeingPosition at = journal.ageing();
            boolean stuck = decision.isStuck(Lsn.of(at.tail()));
            long target = decision.target().value();
            if (decision.bytesToFree() > 0 && target < decision.fence().value()) {
                long work = Math.min(roundBytes, decision.bytesToFree());
                target = Math.max(
                        target,
                        round.measure(at.tail(), decision.fence().value(), work).lastLsn());
            }
            boolean promotes = journal.fork()
                    .filter(one -> one.step() == Fork.Step.PROMOTING)
                    .isPresent();
            if (target > at.tail() && decision.bytesToFree() == 0 && !promotes && !isWorthARound(target - at.tail())) {
                target = at.tail();
            }
            if (target > at.tail()) {
                target = round.measure(at.tail(), target, roundBytes).lastLsn();
            }
            // A commit has moved the tail already, far ahead of what one round brings into the images.
            long promisable =
                    Math.min(target, journal.leases().moveTail(Lsn.of(target)).value());
            long tail = Math.max(at.tail(), promisable);
            boolean promised = promise(round, opened, at, tail, windowStart);
            if (promised) {
                lastRoundNanos = System.nanoTime();
                journal.faults().reached(FaultPlaces.AGEING_PROMISED);
                finish(round, bytes);
            }
            boolean more = tail > at.tail() && (tail < decision.target().value() || decision.bytesToFree() > 0);
            return new Outcome(bytes[0], more, stuck);
        });
    }

    private void forgetBranch(Opened opened) {
        opened.db.flush();
        journal.faults().reached(FaultPlaces.BRANCH_DROPPED);
        journal.forkState().forgetBases();
    }

    private boolean leavesBranch() {
        return journal.fork()
                .filter(one ->
                        !one.retained() && journal.ageing().dropped() < one.to().value())
                .isPresent();
    }

    /** A branch was released: its changes leave the history without ever having been in the images. */
    private Outcome leaveBranch(AgeingRound round, Opened opened, long[] bytes) {
        Fork fork = journal.fork().orElseThrow();
        if (journal.leases().moveTailTo(fork.to()).isPresent()) {
            return new Outcome(0, false, false);
        }
        synchronized (journal.markLock()) {
            List<Checkpoint> all = opened.checkpoints.oldestFirst(
                    EXPIRIES_PER_ROUND, checkpoint -> !checkpoint.lsn().isAfter(fork.to()));
            boolean last = all.size() < EXPIRIES_PER_ROUND;
            journal.ageing(round.leaveOut(
                    journal.ageing(),
                    last ? fork.to().value() : journal.ageing().tail(),
                    all));
            journal.faults().reached(FaultPlaces.BRANCH_LEFT);
            if (!last) {
                return new Outcome(0, true, false);
            }
        }
        finish(round, bytes);
        forgetBranch(opened);
        return new Outcome(0, false, false);
    }

    private boolean promise(AgeingRound round, Opened opened, AgeingPosition at, long tail, Instant windowStart) {
        // A mark that is being stored meanwhile must not bring an expired checkpoint back.
        synchronized (journal.markLock()) {
            List<Checkpoint> expired = expired(opened, tail, windowStart);
            if (tail == at.tail() && expired.isEmpty()) {
                return false;
            }
            journal.faults().reached(FaultPlaces.AGEING_DECIDED);
            journal.ageing(round.promise(at, tail, expired));
            return true;
        }
    }

    /** By the mean size of a change: measuring exactly would read them. */
    private boolean isWorthARound(long changes) {
        long inHistory = Math.max(
                1, journal.snapshot().numbers().headLsn - journal.ageing().dropped());
        long estimate = changes * (journal.liveBytes() / inHistory);
        return estimate >= roundBytes / 8 || System.nanoTime() - lastRoundNanos >= patience.toNanos();
    }

    private Instant windowStart(Opened opened, Instant now) {
        Optional<Instant> newestCut = opened.checkpoints
                .newest(0, Long.MAX_VALUE)
                .map(checkpoint -> Instant.EPOCH.plus(checkpoint.cutAtMicros(), ChronoUnit.MICROS));
        return AgeingRules.windowEnd(now, newestCut, silence)
                .minus(journal.snapshot().manifest().history());
    }

    private AgeingRules.Decision decide(Opened opened, Instant windowStart) {
        JournalSnapshot snapshot = journal.snapshot();
        AppliedNumbers numbers = snapshot.numbers();
        boolean everConsistent =
                numbers.consistentSince >= 0 || numbers.lastConsistentLsn >= 0 || numbers.newestCheckpointLsn >= 0;
        PointResolver resolver = new PointResolver(opened.db, opened.checkpoints, journal.leases(), journal.fork());
        return AgeingRules.decide(new AgeingInputs(
                journal.leases().tail(),
                snapshot.head(),
                everConsistent,
                resolver.newestAt(windowStart),
                journal.leases().lowest(),
                newestRecoverable(numbers),
                journal.liveBytes(),
                snapshot.manifest().limitBytes()));
    }

    /** The newest checkpoint if there is one; else the newest consistent LSN. */
    private static Optional<Lsn> newestRecoverable(AppliedNumbers numbers) {
        if (numbers.newestCheckpointLsn >= 0) {
            return Optional.of(Lsn.of(numbers.newestCheckpointLsn));
        }
        if (numbers.consistentSince >= 0) {
            return Optional.of(Lsn.of(numbers.headLsn));
        }
        return numbers.lastConsistentLsn >= 0 ? Optional.of(Lsn.of(numbers.lastConsistentLsn)) : Optional.empty();
    }

    /** Checkpoints before the tail, and ones that the window has passed while nothing was written. The newest stays. */
    private List<Checkpoint> expired(Opened opened, long tail, Instant windowStart) {
        long cutOff = ChronoUnit.MICROS.between(Instant.EPOCH, windowStart);
        long newest = journal.snapshot().numbers().checkpointsListed;
        // A branch's checkpoints stay for as long as it does, whatever the window says.
        Optional<Fork> branch = journal.fork().filter(Fork::retained);
        return opened.checkpoints.oldestFirst(EXPIRIES_PER_ROUND, checkpoint -> branch.map(
                        one -> checkpoint.lsn().value() < tail)
                .orElseGet(() -> checkpoint.ordinal() < newest
                        && !checkpoint.held()
                        && (checkpoint.lsn().value() < tail || checkpoint.cutAtMicros() < cutOff)));
    }

    private void finish(AgeingRound round, long[] bytes) {
        Optional<AgedSpan> span = Optional.empty();
        if (journal.ageing().image() < journal.ageing().tail()) {
            synchronized (journal.imageLock()) {
                span = Optional.of(round.intoImages(journal.ageing(), done -> {
                    bytes[0] += done;
                    journal.faults().reached(FaultPlaces.AGEING_COPIED);
                }));
                journal.faults().reached(FaultPlaces.AGEING_FORCED);
                journal.ageing(round.imagesDone(journal.ageing()));
            }
            journal.faults().reached(FaultPlaces.AGEING_IMAGED);
        }
        if (journal.ageing().dropped() < journal.ageing().image()) {
            journal.ageing(round.drop(journal.ageing(), span));
            journal.faults().reached(FaultPlaces.AGEING_DROPPED);
        }
    }

    /** Only what a durable {@code dropped} covers may leave the disk, and only when it is worth a compaction. */
    private void free(JournalDb db) {
        long dropped = journal.ageing().dropped();
        if (dropped > freedTo) {
            db.flush();
            db.freeChangesBelow(dropped + 1);
            freedTo = dropped;
            journal.faults().reached(FaultPlaces.AGEING_FREED);
        }
    }
}
