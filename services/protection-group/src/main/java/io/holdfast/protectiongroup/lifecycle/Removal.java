package io.holdfast.protectiongroup.lifecycle;

import io.holdfast.kernel.id.CommandId;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What becomes of a removed group's journal. Deletion takes two steps (F32): the policy says REMOVED, and only when the data
 * plane has had time to take that in is the journal told to delete. A refusal is repeated, with a bound.
 *
 * <pre>
 *  NOTHING_STORED     (a draft: the data plane never heard of it)
 *  JOURNAL_KEPT ──delete asked──► AWAITING_JOURNAL ──seen or grace over──► DELETING ──deleted──► JOURNAL_DELETED
 *                                     ▲                                    │    ▲ again after a refusal or silence
 *                                     └──delete asked── DELETION_FAILED ◄──┘ attempts used up
 * </pre>
 */
public sealed interface Removal {
    /** The name in the database and in REST replies; never renamed. */
    String code();

    /** States in which a person may ask (again) for the journal's deletion. */
    sealed interface Deletable extends Removal permits JournalKept, DeletionFailed {
        default AwaitingJournal delete(Instant now) {
            return new AwaitingJournal(now);
        }
    }

    record NothingStored() implements Removal {
        @Override
        public String code() {
            return "NOTHING_STORED";
        }
    }

    record JournalKept() implements Deletable {
        @Override
        public String code() {
            return "JOURNAL_KEPT";
        }
    }

    /** The policy says REMOVED; the data plane is given time to stop writing. */
    record AwaitingJournal(Instant since) implements Removal {
        public AwaitingJournal {
            Objects.requireNonNull(since, "since");
        }

        @Override
        public String code() {
            return "AWAITING_JOURNAL";
        }

        public Deleting order(CommandId command, Instant now) {
            return new Deleting(command, 1, now, Optional.empty());
        }
    }

    /**
     * The journal was told to delete.
     *
     * @param attempt 1 or more
     * @param refusal the journal's last refusal, of this attempt or of one before; empty = it has answered none
     */
    record Deleting(CommandId command, int attempt, Instant orderedAt, Optional<Refusal> refusal) implements Removal {
        public Deleting {
            Objects.requireNonNull(command, "command");
            Objects.requireNonNull(orderedAt, "orderedAt");
            Objects.requireNonNull(refusal, "refusal");
            if (attempt < 1) {
                throw new IllegalArgumentException("attempts count from 1, not " + attempt);
            }
        }

        @Override
        public String code() {
            return "DELETING";
        }

        public Deleting refused(Refusal answer) {
            return new Deleting(command, attempt, orderedAt, Optional.of(answer));
        }

        /** Under a new id: a refused command stays refused under its own. */
        public Deleting again(CommandId next, Instant now) {
            return new Deleting(next, attempt + 1, now, refusal);
        }

        public DeletionFailed giveUp() {
            return new DeletionFailed(
                    attempt, refusal.orElse(new Refusal("JOURNAL_SILENT", "The journal did not answer the command.")));
        }
    }

    record JournalDeleted(Instant at) implements Removal {
        public JournalDeleted {
            Objects.requireNonNull(at, "at");
        }

        @Override
        public String code() {
            return "JOURNAL_DELETED";
        }
    }

    record DeletionFailed(int attempts, Refusal refusal) implements Deletable {
        public DeletionFailed {
            Objects.requireNonNull(refusal, "refusal");
        }

        @Override
        public String code() {
            return "DELETION_FAILED";
        }
    }

    /** The journal's stable code and its sentence for a person. */
    record Refusal(String code, String message) {}
}
