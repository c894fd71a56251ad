package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.StepProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** When something is due in a run although nothing is reported; a part of what {@link RunScheduler} decides. */
record DueTimes(RunLimits limits) {
    /** A run for which nothing is due is looked at this often all the same: the database has no "never" for it. */
    private static final Duration AT_LEAST = Duration.ofDays(1);

    /** The order's commit policy, if it has one. */
    static Optional<Instant> policyAt(Run run, RunState.Ready ready) {
        return run.order().failover().flatMap(rules -> rules.actsAt(ready.since()));
    }

    /** @return {@link Instant#MAX} for a run that has ended */
    Instant nextAt(Run run, Instant now) {
        if (run.state() instanceof RunState.Ended) {
            return Instant.MAX;
        }
        if (run.state() instanceof RunState.Halted) {
            return now.plus(AT_LEAST);
        }
        Instant next = Stream.of(ofState(run), ofSteps(run), now.plus(AT_LEAST))
                .min(Instant::compareTo)
                .orElseThrow();
        return next.isBefore(now) ? now : next;
    }

    private Instant ofState(Run run) {
        Instant expiry = run.order().expiresAt().orElse(Instant.MAX);
        return switch (run.state()) {
            case RunState.Ready ready -> policyAt(run, ready).orElse(expiry);
            case RunState.Switching switching -> {
                Instant limit = switching.since().plus(limits.cleanupLimit());
                yield limit.isBefore(expiry) ? limit : expiry;
            }
            case RunState.Live _ -> expiry;
            case RunState.CleaningUp cleaning -> cleaning.since().plus(limits.cleanupLimit());
            case RunState.Releasing releasing -> releasing.since().plus(limits.cleanupLimit());
            case RunState.Committing _, RunState.Ended _ -> Instant.MAX;
        };
    }

    private static Instant ofSteps(Run run) {
        return run.steps().stream()
                .map(step -> switch (step.progress()) {
                    case StepProgress.RetryDue retry -> retry.notBefore();
                    case StepProgress.Active active
                    when step.action() instanceof PauseAction pause -> Pauses.dueAt(pause, active);
                    case StepProgress.Active _,
                            StepProgress.Waiting _,
                            StepProgress.Done _,
                            StepProgress.Failed _,
                            StepProgress.Skipped _ -> Instant.MAX;
                })
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
    }
}
