package io.holdfast.journalstore.adapter.store;

import io.holdfast.journalstore.adapter.files.OverlayDevice;
import io.holdfast.journalstore.adapter.rocksdb.Journal;
import io.holdfast.journalstore.adapter.rocksdb.JournalSnapshot;
import io.holdfast.journalstore.ageing.Leases;
import io.holdfast.journalstore.apply.BehindCommit;
import io.holdfast.journalstore.differences.RegionSet;
import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.journal.Fork;
import io.holdfast.journalstore.journal.JournalError;
import io.holdfast.journalstore.journal.VolumeSlot;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VolumeId;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Where the end of a commit's branch and the present may differ (docs/known-differences.md). One answer is made at one time; others wait {@value #WAIT_SECONDS} s.
 * Thread-safe.
 */
public final class Differences {
    private static final int WAIT_SECONDS = 10;
    private static final Duration KAFKA_LIMIT = Duration.ofSeconds(5);

    private final JournalStore store;
    private final Arrivals arrivals;
    private final Runnable betweenLooks;
    private final Semaphore place = new Semaphore(1, true);

    /**
     * @param sizeBytes of the volume
     * @param asOf every write that was answered before this instant is in the ranges
     * @param ranges where the two may differ; never less than where they do
     */
    public record Answer(PgId pg, VolumeId volume, String branch, long sizeBytes, Instant asOf, Regions ranges) {}

    public Differences(JournalStore store, Arrivals arrivals) {
        this(store, arrivals, () -> {});
    }

    /** @param betweenLooks runs when the overlay was looked at, and what is saved not yet: the instant at which a merge is met; for tests */
    Differences(JournalStore store, Arrivals arrivals, Runnable betweenLooks) {
        this.store = store;
        this.arrivals = arrivals;
        this.betweenLooks = betweenLooks;
    }

    /**
     * @throws HoldfastException {@code JOURNAL_NOT_FOUND}, {@code VOLUME_NOT_FOUND}, {@code BRANCH_NOT_FOUND}, {@code DIFFERENCES_UNKNOWN}, {@code TOO_MANY_REQUESTS}, and storage
     *     failures
     */
    public Answer of(PgId pg, VolumeId volume, String branch) {
        Journal journal = store.require(pg);
        requireVolume(journal, volume);
        if (journal.keptDisks().has(branch)) {
            throw unknown("branch '%s' is an old disk, not what a commit has left".formatted(branch));
        }
        journal.forkState().requireBranch(branch);
        try {
            if (!place.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new HoldfastException(
                        JournalError.TOO_MANY_REQUESTS, "another volume's differences are being looked for; ask again");
            }
            try {
                return look(journal, pg, volume, branch);
            } finally {
                place.release();
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw unknown("the service is stopping");
        } catch (IOException failure) {
            throw new HoldfastException(
                    CommonError.STORAGE_UNUSABLE,
                    "what is saved of volume %s cannot be read".formatted(volume),
                    failure);
        }
    }

    private Answer look(Journal journal, PgId pg, VolumeId volume, String branch) throws IOException {
        Fork fork = requireMerged(journal, branch);
        // Keeps the branch, and with it its changes and what was saved for it, from being given up meanwhile.
        try (Leases.Lease lease = leaseOf(journal, fork)) {
            requireSame(fork, requireMerged(journal, branch));
            Instant asOf = Instant.now();
            if (!arrivals.allRead(pg, KAFKA_LIMIT)) {
                throw unknown(
                        "the journal has not read everything that Kafka has for it, or that is not known; ask again");
            }
            JournalSnapshot now = journal.snapshot();
            VolumeSlot slot = requireVolume(journal, volume);
            long sizeAtCommit = requireWholeBranch(now, fork, slot);
            requireUndamaged(pg);
            RegionSet regions = new RegionSet(slot.sizeBytes());
            // A merge takes a block out of the overlay after it is noted as saved: looked at the other way round it
            // could be missed.
            addOverlay(journal, pg, fork, slot, regions);
            betweenLooks.run();
            journal.forkState().addSaved(slot.index(), regions);
            journal.changedBehind(slot.index(), lease.lsn(), regions);
            if (slot.sizeBytes() > sizeAtCommit) {
                regions.add(sizeAtCommit, slot.sizeBytes() - sizeAtCommit);
            }
            requireSame(fork, requireMerged(journal, branch));
            return new Answer(pg, volume, branch, slot.sizeBytes(), asOf, regions.toRegions());
        }
    }

    private static VolumeSlot requireVolume(Journal journal, VolumeId volume) {
        return journal.snapshot()
                .manifest()
                .slotOf(volume)
                .filter(VolumeSlot::isProtected)
                .orElseThrow(() -> new HoldfastException(
                        JournalError.VOLUME_NOT_FOUND, "the group has no volume %s".formatted(volume)));
    }

    private static Fork requireMerged(Journal journal, String branch) {
        Fork fork = journal.forkState().requireBranch(branch);
        if (fork.step() != Fork.Step.COMMITTED) {
            throw unknown("the commit that made branch '%s' is not through its merge".formatted(branch));
        }
        return fork;
    }

    /** A session that ends meanwhile leaves the same fork. */
    private static void requireSame(Fork before, Fork now) {
        if (!now.lineage().equals(before.lineage())) {
            throw unknown("another commit was made meanwhile");
        }
    }

    private static Leases.Lease leaseOf(Journal journal, Fork fork) {
        return journal.leases()
                .take(fork.from())
                .orElseThrow(() -> new HoldfastException(
                        JournalError.BRANCH_NOT_FOUND, "branch '%s' is being given up".formatted(fork.branch())));
    }

    /** @return the volume's size at the commit */
    private static long requireWholeBranch(JournalSnapshot now, Fork fork, VolumeSlot slot) {
        BehindCommit behind = now.notes()
                .behind()
                .filter(commit -> commit.to().equals(fork.to()))
                .orElseThrow(() -> unknown("the commit was made, or records were read behind it, by an older version"));
        if (behind.missed()) {
            throw unknown(
                    "records of the old streams came behind the commit, or were lost: the branch lacks changes that were acknowledged");
        }
        if (!behind.hasAllOf(slot.index())) {
            throw unknown("at the commit the replica of volume %s was not whole".formatted(slot.volume()));
        }
        return behind.whole().get(slot.index());
    }

    /** What the index has lost is not found in it. */
    private void requireUndamaged(PgId pg) {
        boolean damaged = store.slot(pg)
                .map(slot -> slot instanceof JournalSlot.Open open
                        && !open.scrub().present().isEmpty())
                .orElse(true);
        if (damaged) {
            throw unknown("the last scrub has found damage in the journal");
        }
    }

    private void addOverlay(Journal journal, PgId pg, Fork fork, VolumeSlot slot, RegionSet into) throws IOException {
        Optional<LiveSession> found = store.sessions().liveOf(pg).stream()
                .filter(one -> one.session.id().equals(fork.session()))
                .findFirst();
        boolean serves = found.filter(one -> one.session.volumes().stream()
                        .anyMatch(served -> served.volume().equals(slot.volume())))
                .isPresent();
        Optional<OverlayDevice> overlay =
                serves ? store.sessions().overlayOf(found.get(), slot.volume()) : Optional.empty();
        if (overlay.isPresent()) {
            into.addBlocks(overlay.get()::nextWritten);
        } else if ((found.isEmpty() || serves)
                && requireMerged(journal, fork.branch()).isLive()) {
            throw unknown("the session that was committed is not served");
        }
        // One that has ended was merged to the last block before its end was stored.
    }

    private static HoldfastException unknown(String why) {
        return new HoldfastException(JournalError.DIFFERENCES_UNKNOWN, why);
    }
}
