package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One way through the steps of a run, from the choosing of its points until what they served was let go; this one has ended.
 *
 * @param number from 1
 * @param begunBy the order that began it; empty for the first one, which the run's order began
 * @param endedAt when nothing of it was there any more
 * @param recovered whether every group had been recovered and had passed its readiness
 * @param steps as they were at its end
 */
public record Trial(int number, Optional<PointSwitch> begunBy, Instant endedAt, boolean recovered, List<Step> steps) {
    public Trial {
        steps = List.copyOf(steps);
    }

    public Map<PgId, RecoveryPoint> points(RunOrder order) {
        return begunBy.map(PointSwitch::points).orElse(order.points());
    }

    /** What stood in its way first; empty if nothing did. */
    public Optional<Failure> failure() {
        return steps.stream()
                .filter(step -> step.action().recovers())
                .flatMap(step -> step.progress() instanceof StepProgress.Failed failed
                        ? Optional.of(failed.failure()).stream()
                        : Optional.<Failure>empty().stream())
                .findFirst();
    }
}
