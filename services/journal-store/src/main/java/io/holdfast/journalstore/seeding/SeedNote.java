package io.holdfast.journalstore.seeding;

import io.holdfast.journalstore.journal.JournalError;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What is kept of an import on stable storage, so that a repeated command finds it after a restart.
 *
 * @param idempotencyKey empty = none
 * @param keep that what the image holds stays to be read as a branch
 * @param putting the prepared image was about to be put in the replica's place: whether that was done shows in whether it is still there
 */
public record SeedNote(SeedTask task, String idempotencyKey, Optional<Keep> keep, boolean putting) {
    public SeedNote {
        Objects.requireNonNull(keep, "keep");
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(idempotencyKey, "idempotencyKey");
    }

    public static SeedNote begun(SeedTask task, String idempotencyKey, Optional<Keep> keep) {
        return new SeedNote(task, idempotencyKey, keep, false);
    }

    public SeedNote beforePutting() {
        return new SeedNote(task, idempotencyKey, keep, true);
    }

    public SeedNote as(SeedTask now) {
        return new SeedNote(now, idempotencyKey, keep, putting);
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
