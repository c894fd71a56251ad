package io.holdfast.recoveryplan.report;

import io.holdfast.recoveryplan.run.OwnershipAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Predicate;

/** Since when nobody could use what a PLANNED run recovers. When the source of an UNPLANNED one ended is not known here. */
final class Blackouts {
    private Blackouts() {}

    static Optional<Instant> begin(Run run) {
        return begin(run, _ -> true);
    }

    static Optional<Instant> begin(Run run, String group) {
        return begin(run, step -> step.group().equals(group));
    }

    /** When the first VM was asked to shut down; if none was, when the first group was taken. */
    private static Optional<Instant> begin(Run run, Predicate<Step> which) {
        return switch (run.order().mode()) {
            case PLANNED ->
                first(run, which.and(step -> step.action() instanceof OwnershipAction.ShutDownSource))
                        .or(() ->
                                first(run, which.and(step -> step.action() instanceof OwnershipAction.TakeOwnership)));
            case TEST, UNPLANNED, MOVE, CLONE, FAILBACK -> Optional.empty();
        };
    }

    private static Optional<Instant> first(Run run, Predicate<Step> which) {
        return run.forwardSteps().stream()
                .filter(which)
                .flatMap(step -> step.progress().firstStartedAt().stream())
                .min(Comparator.naturalOrder());
    }
}
