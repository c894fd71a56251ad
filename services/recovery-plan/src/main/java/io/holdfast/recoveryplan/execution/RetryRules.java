package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.dns.DnsZones;
import io.holdfast.recoveryplan.ownership.OwnershipError;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.StepRules;
import io.holdfast.recoveryplan.run.CommitAction;
import io.holdfast.recoveryplan.run.DnsAction;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.HookAction;
import io.holdfast.recoveryplan.run.MachineAction;
import io.holdfast.recoveryplan.run.OwnershipAction;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.SessionAction;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What follows a failed attempt: another one, or the end of the step.
 *
 * <ul>
 *   <li>Shutting down: until the guest's grace and the fence limit are over. A fence: looked for until the fence limit. The last checkpoint: until the commit limit.
 *   <li>Choosing, taking and opening: tried again when the failure is retryable, {@code stepAttempts} times in all, or as the plan says for its steps.
 *   <li>Readiness: probed until the group's timeout; the reason for not being ready does not matter.
 *   <li>Starting a machine: ordered again when the failure is retryable, until the start limit.
 *   <li>Machines: looked at until the group's timeout, unless one has failed for good.
 *   <li>Committing: tried again when the failure is retryable, or replication is still seen to run, until the commit limit.
 *   <li>Undoing: tried again whatever the failure, until the clean-up limit; giving up early would leak a session or a machine.
 *   <li>Names: when the failure is retryable, for two minutes, or as long as the plan gives the steps.
 *   <li>Hooks: as {@link HookRules} says.
 *   <li>A run that is being cleaned up tries nothing again but undoing, a halted one nothing at all.
 * </ul>
 */
record RetryRules(RunLimits limits) {
    /** The journal-store has not heard yet that the group is paused. */
    private static final String REPLICATION_RUNS = "REPLICATION_RUNS";

    /** Longer than a message that nobody saw answered can have an effect. */
    private static final Duration NAME_LIMIT = DnsZones.VALIDITY.multipliedBy(4);

    StepProgress afterFailure(Run run, Step step, StepProgress.Active active, Failure failure, Instant now) {
        return switch (step.action()) {
            case SessionAction.CloseSession _,
                    MachineAction.StopMachine _,
                    SessionAction.MarkCheckpoint _,
                    CommitAction.ResumeReplication _,
                    OwnershipAction.ReturnOwnership _,
                    DnsAction.RestoreDns _ -> active.retry(now.plus(limits.delayAfter(active.attempt())), failure);
            case OwnershipAction.ShutDownSource shut ->
                until(
                        shut.grace().plus(limits.fenceLimit()),
                        failure.retryable() && running(run),
                        active,
                        failure,
                        now);
            case OwnershipAction.AwaitFence _ ->
                until(limits.fenceLimit(), failure.retryable() && running(run), active, failure, now);
            case OwnershipAction.FinalCheckpoint _ ->
                until(limits.commitLimit(), failure.retryable() && running(run), active, failure, now);
            case SessionAction.ChoosePoint _,
                    SessionAction.Open _,
                    MachineAction.PlaceMachines _,
                    OwnershipAction.TakeOwnership _ -> {
                yield afterAttempt(rules(run, step), failure.retryable() && running(run), active, failure, now);
            }
            case SessionAction.WaitReady probe -> afterProbe(run, step, active, probe.timeout(), failure, now);
            case MachineAction.StartMachine _ ->
                until(
                        rules(run, step).timeout().orElse(limits.machineStartLimit()),
                        failure.retryable() && running(run),
                        active,
                        failure,
                        now);
            case MachineAction.AwaitMachines await ->
                failure.retryable()
                        ? afterProbe(run, step, active, await.timeout(), failure, now)
                        : active.fail(now, failure);
            case CommitAction.StopReplication _, CommitAction.CommitSession _ -> {
                boolean again = failure.retryable() || failure.code().equals(REPLICATION_RUNS);
                yield until(
                        limits.commitLimit(),
                        again && run.state() instanceof RunState.Committing,
                        active,
                        failure,
                        now);
            }
            case HookAction.RunHook(Hook hook) ->
                HookRules.afterFailure(hook, running(run), active, failure, now, limits.longestRetryDelay());
            case HookAction.BeforeStop(Hook hook, String _) ->
                HookRules.afterFailure(hook, true, active, failure, now, limits.longestRetryDelay());
            case DnsAction.ReadDns _, DnsAction.UpdateDns _ ->
                until(
                        rules(run, step).timeout().orElse(NAME_LIMIT),
                        failure.retryable() && running(run),
                        active,
                        failure,
                        now);
            case PauseAction _ -> active.fail(now, failure);
        };
    }

    private static StepRules rules(Run run, Step step) {
        return run.order().plan().stepsOf(run.order().group(step.group()));
    }

    private StepProgress afterAttempt(
            StepRules rules, boolean may, StepProgress.Active active, Failure failure, Instant now) {
        Duration first = rules.firstDelay().orElse(limits.firstRetryDelay());
        Duration longest = rules.longestDelay().orElse(limits.longestRetryDelay());
        Instant next =
                now.plus(RunLimits.doubled(first, longest.compareTo(first) < 0 ? first : longest, active.attempt()));
        boolean inTime = rules.timeout()
                .map(limit -> next.isBefore(active.startedAt().plus(limit)))
                .orElse(true);
        boolean again = may && inTime && active.attempt() < rules.attempts().orElse(limits.stepAttempts());
        return again ? active.retry(next, failure) : active.fail(now, failure);
    }

    private StepProgress until(
            Duration limit, boolean again, StepProgress.Active active, Failure failure, Instant now) {
        Instant next = now.plus(limits.probeInterval());
        return again && next.isBefore(active.startedAt().plus(limit))
                ? active.retry(next, failure)
                : active.fail(now, failure);
    }

    private StepProgress afterProbe(
            Run run, Step step, StepProgress.Active active, Duration timeout, Failure last, Instant now) {
        if (!running(run)) {
            return active.fail(now, last);
        }
        Instant next = now.plus(limits.probeInterval());
        if (next.isBefore(active.startedAt().plus(timeout))) {
            return active.retry(next, last);
        }
        return active.fail(
                now,
                new Failure(
                        RunError.READINESS_TIMEOUT.name(),
                        "group '%s' was not ready within %s: %s".formatted(step.group(), timeout, last.message()),
                        true,
                        last.evidence(),
                        last.vms()));
    }

    private static boolean running(Run run) {
        return run.state() instanceof RunState.Running;
    }

    /**
     * Ends the undoing steps that are not under way; the ones that are may still succeed.
     *
     * @param which of them
     */
    Run giveUp(Run run, Predicate<Step> which, Set<String> underWay, Instant now) {
        return run.mapSteps(step -> {
            if (!step.action().undoes() || !which.test(step) || underWay.contains(step.id())) {
                return step;
            }
            return switch (step.progress()) {
                case StepProgress.Waiting waiting
                when UndoOrder.isBarred(run, step) ->
                    step.with(waiting.fail(
                            now,
                            Failure.of(
                                    OwnershipError.OWNERSHIP_NOT_RETURNED,
                                    "not done, because what comes before it could not be ended: "
                                            + String.join(", ", step.after()))));
                // One that was never tried gets its one attempt, however late it is.
                case StepProgress.Waiting _ -> step;
                case StepProgress.Active _ -> step;
                case StepProgress.RetryDue retry -> step.with(retry.fail(now, retry.last()));
                case StepProgress.Done _, StepProgress.Failed _, StepProgress.Skipped _ -> step;
            };
        });
    }
}
