package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.ScrubFile;
import io.holdfast.journalstore.adapter.rocksdb.DamageImpact;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalCheck;
import io.holdfast.journalstore.apply.FaultPlaces;
import io.holdfast.journalstore.integrity.ScrubPace;
import io.holdfast.journalstore.integrity.ScrubResult;
import io.holdfast.journalstore.journal.Checkpoint;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Checks the journals of a store in the background, one at a time (docs/journal-recovery.md, "Scrub"): when asked, and each once a period. Safe
 * for any number of threads.
 */
public final class Scrubs implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Scrubs.class.getName());
    private static final long LOOK_MILLIS = 2000;
    private static final Duration BETWEEN_CHECKS_OF_DAMAGE = Duration.ofHours(1);
    private static final Duration STOP_WAITS = Duration.ofSeconds(10);

    /**
     * How scrubs run.
     *
     * @param bytesPerSecond what all scrubs together read at most
     * @param period each journal is checked as often; zero = only when asked
     */
    public record Options(long bytesPerSecond, Duration period) {
        public Options {
            if (bytesPerSecond < 1 || period.isNegative()) {
                throw new IllegalArgumentException(
                        "scrub rate %d bytes/s, period %s: the rate is positive, the period not negative"
                                .formatted(bytesPerSecond, period));
            }
        }
    }

    private final JournalStore store;
    private volatile BiConsumer<PgId, Checkpoint> onMarked = (_, _) -> {};
    private volatile boolean stopping;
    private Thread thread;

    Scrubs(JournalStore store) {
        this.store = store;
    }

    /** Is told of every checkpoint whose marks a scrub has changed. */
    public void onMarked(BiConsumer<PgId, Checkpoint> listener) {
        onMarked = listener;
    }

    /** Tells that somebody has changed a checkpoint's marks. */
    public void marked(PgId pg, Checkpoint checkpoint) {
        onMarked.accept(pg, checkpoint);
    }

    /**
     * Begins to check in the background.
     *
     * @param lagging whether applying of a group is behind, so that the scrub gives way
     */
    public synchronized void start(Options options, Predicate<PgId> lagging) {
        thread = Thread.ofPlatform().name("scrub").daemon().start(() -> runUntilStopped(options, lagging));
    }

    /** What a journal found when it was opened. */
    void restore(JournalSlot.Open slot) {
        ScrubFile.read(slot.journal().files().scrub()).ifPresent(last -> {
            slot.journal().knownDamage(last.findings());
            slot.scrub(slot.scrub().ended(last));
            refresh(slot);
        });
    }

    /**
     * Wants a journal checked. One that is being checked goes on, and is not checked again.
     *
     * @throws HoldfastException {@code JOURNAL_NOT_FOUND}, or why the journal cannot be used
     */
    public ScrubStatus request(PgId pg) {
        store.require(pg);
        synchronized (this) {
            if (!(store.slot(pg).orElse(null) instanceof JournalSlot.Open open)) {
                return ScrubStatus.NEVER;
            }
            if (open.scrub().runningSince().isEmpty()) {
                open.scrub(open.scrub().asked());
            }
            notifyAll();
            return open.scrub();
        }
    }

    /** Ageing has met damage that nobody knows the blocks of: a scrub finds them, and ageing goes on. */
    public void ageingFailed(PgId pg, JournalSlot.Open slot) {
        boolean checkedJustNow = slot.scrub()
                .last()
                .filter(last -> last.finishedAt().isAfter(Instant.now().minus(BETWEEN_CHECKS_OF_DAMAGE)))
                .isPresent();
        if (slot.ageingFailure() != null
                && slot.ageingFailure().code() == JournalError.JOURNAL_DAMAGED
                && !checkedJustNow) {
            request(pg);
        }
    }

    private void runUntilStopped(Options options, Predicate<PgId> lagging) {
        ScrubPace pace = new ScrubPace(options.bytesPerSecond());
        while (!stopping) {
            try {
                store.groups().stream()
                        .map(store::slot)
                        .flatMap(Optional::stream)
                        .forEach(this::refreshDamaged);
                Optional<PgId> next = due(options);
                if (next.isPresent()) {
                    PgId pg = next.get();
                    check(pg, read -> sleep(pace.waitAfter(read, System.nanoTime(), lagging.test(pg))));
                } else {
                    sleep(LOOK_MILLIS * 1_000_000);
                }
            } catch (RuntimeException unforeseen) {
                LOG.log(System.Logger.Level.ERROR, "a scrub failed in an unforeseen way", unforeseen);
                sleep(LOOK_MILLIS * 1_000_000);
            }
        }
    }

    private void refreshDamaged(JournalSlot slot) {
        if (slot instanceof JournalSlot.Open open && !open.scrub().present().isEmpty()) {
            refresh(open);
        }
    }

    /** Asked ones first, then the one that waits the longest. */
    private Optional<PgId> due(Options options) {
        Instant limit = Instant.now().minus(options.period());
        return store.groups().stream()
                .filter(pg -> store.slot(pg).orElse(null) instanceof JournalSlot.Open open
                        && open.journal().failure().isEmpty()
                        && (open.scrub().requested()
                                || !options.period().isZero() && lastBegun(open).isBefore(limit)))
                .min(Comparator.comparing((PgId pg) -> !open(pg).scrub().requested())
                        .thenComparing(pg -> lastBegun(open(pg))));
    }

    /** A journal that was never checked counts from its creation: a new one has nothing that could have rotted. */
    private static Instant lastBegun(JournalSlot.Open open) {
        return open.scrub()
                .last()
                .map(ScrubResult::startedAt)
                .orElse(open.journal().snapshot().manifest().createdAt());
    }

    private JournalSlot.Open open(PgId pg) {
        return (JournalSlot.Open) store.slot(pg).orElseThrow();
    }

    /** Called after each step with the bytes that it read. */
    interface Steps {
        void read(long bytes);
    }

    /**
     * One whole pass over one journal.
     *
     * @return the result; empty when the journal was closed or opened again meanwhile, or the store ends
     */
    Optional<ScrubResult> check(PgId pg, Steps steps) {
        if (!(store.slot(pg).orElse(null) instanceof JournalSlot.Open slot)) {
            return Optional.empty();
        }
        Instant began = Instant.now();
        synchronized (this) {
            slot.scrub(slot.scrub().begun(began));
        }
        try {
            JournalCheck check = new JournalCheck(slot.journal());
            for (OptionalLong read = check.step(); read.isPresent(); read = check.step()) {
                if (stopping) {
                    return Optional.empty();
                }
                steps.read(read.getAsLong());
            }
            return check.wasReopened() ? Optional.empty() : Optional.of(conclude(pg, slot, began, check.report()));
        } catch (HoldfastException ended) {
            LOG.log(System.Logger.Level.WARNING, "a scrub did not come to its end pg=" + pg, ended);
            return Optional.empty();
        } finally {
            synchronized (this) {
                slot.scrub(slot.scrub().given());
            }
        }
    }

    /** Marks first: a crash before the result is stored only means another scrub. */
    private ScrubResult conclude(PgId pg, JournalSlot.Open slot, Instant began, JournalCheck.Report report) {
        Journal journal = slot.journal();
        Instant now = Instant.now();
        ScrubResult result = new ScrubResult(
                began,
                now,
                report.changes(),
                report.checkpoints(),
                report.changeBytes() + report.imageBytes(),
                report.total(),
                report.findings());
        store.faults().reached(FaultPlaces.SCRUB_READ);
        List<Checkpoint> marked = new DamageImpact(journal)
                .markSuspects(report.findings(), ChronoUnit.MICROS.between(Instant.EPOCH, now));
        store.faults().reached(FaultPlaces.SCRUB_MARKED);
        ScrubFile.write(journal.files().scrub(), result);
        store.faults().reached(FaultPlaces.SCRUB_STORED);
        journal.knownDamage(result.findings());
        synchronized (this) {
            slot.scrub(slot.scrub().ended(result));
        }
        refresh(slot);
        marked.forEach(checkpoint -> onMarked.accept(pg, checkpoint));
        LOG.log(
                result.total() == 0 ? System.Logger.Level.INFO : System.Logger.Level.ERROR,
                "a scrub has ended pg={0} findings={1} first={2} suspects={3}",
                pg,
                result.total(),
                result.findings().isEmpty() ? "none" : result.findings().getFirst(),
                marked.size());
        return result;
    }

    /** What of the last findings is still true; what newer data has covered is not. */
    void refresh(JournalSlot.Open slot) {
        try {
            DamageImpact impact = new DamageImpact(slot.journal());
            var present = impact.stillThere(slot.scrub().present());
            var needed = impact.needsResend(present);
            synchronized (this) {
                ScrubStatus before = slot.scrub();
                boolean moreThanKept = before.last()
                        .filter(last -> last.total() > last.findings().size())
                        .isPresent();
                boolean allMended = !before.needsResend().isEmpty() && needed.isEmpty();
                ScrubStatus now = before.with(present, needed);
                // Only so many findings are kept: when those are mended, the others are looked for.
                slot.scrub(moreThanKept && allMended ? now.asked() : now);
            }
        } catch (HoldfastException closing) {
            LOG.log(System.Logger.Level.DEBUG, "a journal ended while its damage was looked at", closing);
        }
    }

    private synchronized void sleep(long nanos) {
        long end = System.nanoTime() + nanos;
        try {
            for (long left = nanos; left > 0 && !stopping; left = end - System.nanoTime()) {
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
        } catch (InterruptedException stopped) {
            stopping = true;
        }
    }

    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            stopping = true;
            notifyAll();
            running = thread;
        }
        try {
            if (running != null && !running.join(STOP_WAITS)) {
                LOG.log(System.Logger.Level.WARNING, "a scrub's step did not end in time");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
