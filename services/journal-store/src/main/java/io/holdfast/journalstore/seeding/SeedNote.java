package io.holdfast.journalstore.seeding;

import io.holdfast.journalstore.differences.Regions;
import io.holdfast.journalstore.journal.JournalError;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What is kept of an import on stable storage, so that a repeated command finds it after a restart.
 *
 * @param idempotencyKey empty = none
 * @param keep that what the image holds stays to be read as a branch
 * @param equalExcept what is known of the image
 * @param volumeBytes size of the volume when the import was ordered; 0 = an older version noted it
 * @param putting the prepared image was about to be put in the replica's place: whether that was done shows in whether it is still there
 */
public record SeedNote(
        SeedTask task,
        String idempotencyKey,
        Optional<Keep> keep,
        Optional<EqualExcept> equalExcept,
        long volumeBytes,
        boolean putting) {
    public SeedNote {
        Objects.requireNonNull(keep, "keep");
        Objects.requireNonNull(equalExcept, "equalExcept");
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(idempotencyKey, "idempotencyKey");
    }

    public static SeedNote begun(SeedTask task, String idempotencyKey, Optional<Keep> keep) {
        return begun(task, idempotencyKey, keep, Optional.empty(), 0);
    }

    public static SeedNote begun(
            SeedTask task, String idempotencyKey, Optional<Keep> keep, Optional<EqualExcept> equal, long volumeBytes) {
        return new SeedNote(task, idempotencyKey, keep, equal, volumeBytes, false);
    }

    public SeedNote beforePutting() {
        return new SeedNote(task, idempotencyKey, keep, equalExcept, volumeBytes, true);
    }

    public SeedNote as(SeedTask now) {
        return new SeedNote(now, idempotencyKey, keep, equalExcept, volumeBytes, putting);
    }

    /** What is known of a replica of this size that this import made, for comparisons with this capture. */
    public Optional<Regions> differingFrom(String captureId, long bytes) {
        return equalExcept
                .filter(known -> task.state() == SeedTask.State.DONE
                        && volumeBytes == bytes
                        && known.captureId().equals(captureId))
                .map(EqualExcept::ranges);
    }

    /** Whether the volume's replica may be what this import made of it; not so when it certainly never came to that. */
    public boolean mayHavePut() {
        return putting || task.state() == SeedTask.State.DONE;
    }

    /**
     * How an import ended that was under way when the service ended.
     *
     * @param imageIsPrepared the image is still beside the replica
     */
    public SeedNote afterRestart(boolean imageIsPrepared, Instant now) {
        if (task.state() != SeedTask.State.RUNNING) {
            return this;
        }
        return putting && !imageIsPrepared
                ? as(task.done(now))
                : as(task.failed(
                        JournalError.SEED_INTERRUPTED.name(),
                        "the service ended meanwhile; the replica is as it was, seed it again",
                        now));
    }
}
