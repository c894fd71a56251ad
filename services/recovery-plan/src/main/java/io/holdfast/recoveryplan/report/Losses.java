package io.holdfast.recoveryplan.report;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.NewestKnown;
import io.holdfast.recoveryplan.run.Ownership;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.SessionAction;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import java.time.Duration;
import java.util.Optional;

/** What recovery at the chosen points gives up. */
public final class Losses {
    private Losses() {}

    /** Empty while, or if, it is not known: never zero for want of knowledge. */
    public static Optional<RunReport.Loss> of(Run run, PgId pg) {
        boolean nothingLost = Ownership.nothingLost(run, pg);
        return run.steps().stream()
                .filter(step -> step.action() instanceof SessionAction.ChoosePoint choose
                        && choose.pgId().equals(pg))
                .map(step -> step.progress() instanceof StepProgress.Done done
                                && done.result() instanceof StepResult.PointChosen chosen
                        ? nothingLost
                                ? Optional.of(nothing(chosen))
                                : chosen.newest().map(newest -> loss(chosen.checkpoint(), newest))
                        : Optional.<RunReport.Loss>empty())
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Checkpoints that were cut later, and their markers, hold nothing more. */
    private static RunReport.Loss nothing(StepResult.PointChosen chosen) {
        Optional<NewestKnown> newest = chosen.newest();
        return new RunReport.Loss(
                newest.map(known -> known.checkpoint().cutAt()).orElse(null),
                newest.map(known -> known.checkpoint().lsn().value()).orElse(null),
                newest.flatMap(NewestKnown::head).map(Lsn::value).orElse(null),
                Duration.ZERO,
                0L,
                true);
    }

    private static RunReport.Loss loss(ChosenCheckpoint chosen, NewestKnown newest) {
        Duration time = Duration.between(chosen.cutAt(), newest.checkpoint().cutAt());
        return new RunReport.Loss(
                newest.checkpoint().cutAt(),
                newest.checkpoint().lsn().value(),
                newest.head().map(Lsn::value).orElse(null),
                time.isNegative() ? Duration.ZERO : time,
                newest.head()
                        .map(head -> Math.max(0, head.value() - chosen.lsn().value()))
                        .orElse(null),
                false);
    }
}
