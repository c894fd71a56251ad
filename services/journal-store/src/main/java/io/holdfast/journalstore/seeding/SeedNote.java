package io.holdfast.journalstore.seeding;

import io.holdfast.journalstore.journal.JournalError;
import java.time.Instant;
import java.util.Objects;

/**
 * What is kept of an import on stable storage, so that a repeated command finds it after a restart.
 *
 * @param idempotencyKey empty = none
 * @param putting the prepared image was about to be put in the replica's place: whether that was done shows in whether it is still there
 */
public record SeedNote(SeedTask task, String idempotencyKey, boolean putting) {
    public SeedNote {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(idempotencyKey, "idempotencyKey");
    }

    public static SeedNote begun(SeedTask task, String idempotencyKey) {
        return new SeedNote(task, idempotencyKey, false);
    }

    public SeedNote beforePutting() {
        return new SeedNote(task, idempotencyKey, true);
    }

    public SeedNote as(SeedTask now) {
        return new SeedNote(now, idempotencyKey, putting);
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
