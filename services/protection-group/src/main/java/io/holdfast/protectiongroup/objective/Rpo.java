package io.holdfast.protectiongroup.objective;

import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The age of the newest recoverable checkpoint, read at the recovery site (glossary; invariant 7: never lower than the true
 * one).
 *
 * <p>The truth is {@code (router's clock now) - cut_at}, because cut_at was taken from the router's clock. We have our own
 * clock only. An event that comes late makes the known checkpoint older than the newest one, which errs upwards. A clock of
 * ours that runs behind would err downwards; against it stand the evidence that a word was read before it was said (then our
 * clock is behind by at least that much) and a fixed uncertainty for what no evidence shows. An event that was overtaken is
 * dropped before it gets here ({@link JournalWord#overtakes}), or a checkpoint that is gone would come back.
 */
public sealed interface Rpo {

    /** @param checkpoint the newest recoverable one */
    record Known(Duration age, JournalWord.Cut checkpoint, Instant asOf) implements Rpo {}

    /** Nothing can be recovered: the journal says that it has no checkpoint. */
    record NoCheckpoint(Instant asOf) implements Rpo {}

    /**
     * Nobody can say now.
     *
     * @param lastWord what the journal said last, to be shown with its age and never as the present
     */
    record Unknown(Reason reason, Optional<JournalWord> lastWord) implements Rpo {}

    enum Reason {
        JOURNAL_NEVER_SPOKE,
        JOURNAL_SILENT
    }

    /** @param clockUncertainty added to every age; see the class comment */
    static Rpo at(Instant now, DataPlane dataPlane, Duration clockUncertainty) {
        if (dataPlane.journal().isEmpty()) {
            return new Unknown(Reason.JOURNAL_NEVER_SPOKE, Optional.empty());
        }
        var fresh = dataPlane.freshJournal(now);
        if (fresh.isEmpty()) {
            return new Unknown(Reason.JOURNAL_SILENT, dataPlane.journal());
        }
        var newest = fresh.get().newest();
        if (newest.isEmpty()) {
            return new NoCheckpoint(fresh.get().at());
        }
        Duration byOurClock = Duration.between(newest.get().cutAt(), now);
        Duration age = byOurClock.plus(dataPlane.clockBehind()).plus(clockUncertainty);
        return new Known(
                age.isNegative() ? Duration.ZERO : age,
                newest.get(),
                fresh.get().at());
    }
}
