package io.holdfast.protectiongroup.health;

import io.holdfast.protectiongroup.dataplane.DataPlane;
import io.holdfast.protectiongroup.group.ProtectionGroup;
import io.holdfast.protectiongroup.health.Verdict.Severity;
import io.holdfast.protectiongroup.lifecycle.Lifecycle;
import io.holdfast.protectiongroup.objective.Objectives;
import io.holdfast.protectiongroup.objective.Rpo;
import java.time.Duration;
import java.time.Instant;

/** RpoMet and HistoryMet: two objectives, because losing history leaves the newest point recoverable (F64). */
final class RecoveryPointRules {
    /** The tail moves in steps and checkpoints come in intervals: this much less history is not a loss. */
    private static final Duration TAIL_STEP = Duration.ofMinutes(1);

    private RecoveryPointRules() {}

    static Verdict rpoMet(ProtectionGroup group, DataPlane dataPlane, HealthLimits limits, Instant now) {
        Duration objective = group.objectives().rpoObjective();
        return switch (Rpo.at(now, dataPlane, limits.clockUncertainty())) {
            case Rpo.Unknown unknown -> JournalRule.unheard(unknown.reason(), group.lifecycle());
            case Rpo.NoCheckpoint none ->
                Verdict.not(
                        Reason.NO_CHECKPOINT,
                        group.lifecycle() instanceof Lifecycle.InitialSync ? Severity.INFO : Severity.CRITICAL,
                        "The journal has no checkpoint to recover from.");
            case Rpo.Known known -> {
                if (known.age().compareTo(objective) <= 0) {
                    yield Verdict.fine(
                            Reason.RPO_WITHIN_OBJECTIVE,
                            "The newest recoverable checkpoint is at most %s old.".formatted(objective));
                }
                boolean far = known.age().compareTo(objective.multipliedBy(2)) > 0;
                yield Verdict.not(
                        Reason.RPO_EXCEEDED,
                        far ? Severity.CRITICAL : Severity.WARNING,
                        "The newest recoverable checkpoint is older than %s%s."
                                .formatted(far ? "twice the objective of " : "the objective of ", objective));
            }
        };
    }

    static Verdict historyMet(ProtectionGroup group, DataPlane dataPlane, Instant now) {
        var word = dataPlane.freshJournal(now);
        if (word.isEmpty()) {
            return JournalRule.unheard(dataPlane, group.lifecycle());
        }
        Objectives objectives = group.objectives();
        if (word.get().newest().isEmpty() || word.get().oldestCutAt().isEmpty()) {
            return Verdict.not(
                    Reason.NO_CHECKPOINT,
                    group.lifecycle() instanceof Lifecycle.InitialSync ? Severity.INFO : Severity.CRITICAL,
                    "The journal has no checkpoint to recover from.");
        }
        Duration slack = objectives.checkpointInterval().multipliedBy(10).plus(TAIL_STEP);
        Instant oldest = word.get().oldestCutAt().get();
        Instant windowStart = now.minus(objectives.history());
        if (!oldest.isAfter(windowStart.plus(slack))) {
            return Verdict.fine(
                    Reason.HISTORY_COMPLETE,
                    "Any moment of the last %s can be recovered.".formatted(objectives.history()));
        }
        Instant owedSince = group.historySince().orElse(now);
        Instant owed = owedSince.isAfter(windowStart) ? owedSince : windowStart;
        return oldest.isAfter(owed.plus(slack))
                ? Verdict.not(
                        Reason.HISTORY_SHORT,
                        Severity.WARNING,
                        "The journal holds less than the %s of history that it owes; look at its size limit and its volume."
                                .formatted(objectives.history()))
                : Verdict.not(
                        Reason.HISTORY_BUILDING,
                        Severity.INFO,
                        "History is complete since protection began and grows to %s.".formatted(objectives.history()));
    }
}
