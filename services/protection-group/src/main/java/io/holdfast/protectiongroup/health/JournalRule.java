package io.holdfast.protectiongroup.health;

import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.dataplane.JournalWord;
import io.holdfast.protectiongroup.health.Verdict.Severity;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.objective.Rpo;
import java.time.Instant;

/** JournalHealthy, and what every rule says while the journal is silent. */
final class JournalRule {
    private JournalRule() {}

    static Verdict journalHealthy(DataPlane dataPlane, Instant now) {
        var fresh = dataPlane.freshJournal(now);
        if (fresh.isEmpty()) {
            return dataPlane.journal().isEmpty()
                    ? unheard(Rpo.Reason.JOURNAL_NEVER_SPOKE, Severity.WARNING)
                    : unheard(Rpo.Reason.JOURNAL_SILENT, Severity.CRITICAL);
        }
        JournalWord word = fresh.get();
        return switch (word.state()) {
            case APPLYING -> applying(word.room());
            case GAP -> broken(Reason.JOURNAL_GAP, "The journal misses a part of a stream and needs a resync", word);
            case NO_SPACE -> broken(Reason.JOURNAL_NO_SPACE, "The journal has no room left and is paused", word);
            case DAMAGED -> broken(Reason.JOURNAL_DAMAGED, "The journal's files fail their checks", word);
        };
    }

    private static Verdict applying(JournalWord.Room room) {
        if (room.isNearlyFull()) {
            return nearlyFull(
                    "More than 75 % of the journal's size limit is used; history gets shorter when it is full.");
        }
        if (room.fullAt().isPresent()) {
            return nearlyFull(
                    "At the rate of the last hour the journal is full before its history window is complete.");
        }
        return Verdict.fine(Reason.JOURNAL_APPLYING, "The journal takes in changes.");
    }

    private static Verdict nearlyFull(String message) {
        return new Verdict(Verdict.Status.TRUE, Reason.JOURNAL_NEARLY_FULL, Severity.WARNING, message);
    }

    static Verdict unheard(DataPlane dataPlane, Lifecycle lifecycle) {
        return unheard(
                dataPlane.journal().isEmpty() ? Rpo.Reason.JOURNAL_NEVER_SPOKE : Rpo.Reason.JOURNAL_SILENT, lifecycle);
    }

    static Verdict unheard(Rpo.Reason reason, Lifecycle lifecycle) {
        return unheard(reason, lifecycle instanceof Lifecycle.InitialSync ? Severity.INFO : Severity.CRITICAL);
    }

    private static Verdict unheard(Rpo.Reason reason, Severity severity) {
        return switch (reason) {
            case JOURNAL_NEVER_SPOKE ->
                Verdict.unknown(Reason.JOURNAL_NEVER_SPOKE, severity, "The journal has not spoken of this group yet.");
            case JOURNAL_SILENT ->
                Verdict.unknown(
                        Reason.JOURNAL_SILENT, severity, "The journal is silent; what it has cannot be known now.");
        };
    }

    private static Verdict broken(Reason reason, String what, JournalWord word) {
        String said = word.stateMessage().isBlank() ? "." : ": " + word.stateMessage();
        return Verdict.not(reason, Severity.CRITICAL, what + said);
    }
}
