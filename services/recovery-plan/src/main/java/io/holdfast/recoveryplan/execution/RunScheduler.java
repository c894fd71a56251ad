package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.plan.OnFailure;
import io.holdfast.recoveryplan.run.Failing;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunEnding;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides how a run goes on. A pure function of the stored run, the reported outcomes, the steps under way and the time; doing it again
 * with the same input gives the same answer, so a turn that could not be stored is simply taken again.
 *
 * <p>The algorithm, and what it keeps:
 *
 * <ol>
 *   <li>Outcomes and elapsed delays are written into their steps. Outcomes of steps that are not {@code Active} are late and ignored.
 *   <li>The run's state moves as far as it can.
 *   <li>Steps that may begin become {@code Active}: first stored, then done. An {@code Active} step that is not under way
 *       here lost its outcome in a crash and is begun again.
 * </ol>
 *
 * <p>A run that is HALTED takes outcomes and begins nothing. No session is closed while a forward step is under way, and every opening step that ever began is followed by its closing
 * step: no session outlives its run.
 */
public final class RunScheduler {
    private final RunLimits limits;
    private final RetryRules retries;
    private final DueTimes due;
    private final UndoRules undo;
    private final SwitchRules switches;

    public RunScheduler(RunLimits limits) {
        this.limits = limits;
        this.retries = new RetryRules(limits);
        this.due = new DueTimes(limits);
        this.undo = new UndoRules(limits, retries);
        this.switches = new SwitchRules(limits, retries);
    }

    /** @param underWay ids of the steps whose effects this executor has begun and that have not reported, apart from {@code outcomes} */
    public Turn take(Run run, List<Outcome> outcomes, Set<String> underWay, Instant now) {
        Run next = run;
        for (Outcome outcome : outcomes) {
            next = record(next, outcome, now);
        }
        next = HookRules.loseOutcomes(next, underWay, now);
        next = Pauses.end(next, now);
        next = moveState(next, underWay, now);
        List<Step> begin = new ArrayList<>();
        next = beginSteps(next, underWay, now, begin);
        // A delay of no length, or a step that was skipped, may have made the next state possible.
        Run moved = moveState(next, union(underWay, begin), now);
        boolean settled = moved.equals(next);
        next = moved;
        boolean busy = !underWay.isEmpty() || !begin.isEmpty() || !settled;
        return new Turn(next, begin, busy ? now : due.nextAt(next, now));
    }

    private Run record(Run run, Outcome outcome, Instant now) {
        Step step = run.step(outcome.stepId());
        if (!(step.progress() instanceof StepProgress.Active active)) {
            return run;
        }
        StepProgress progress =
                switch (outcome) {
                    case Outcome.Succeeded succeeded -> active.succeed(now, succeeded.result());
                    case Outcome.Failed failed -> retries.afterFailure(run, step, active, failed.failure(), now);
                };
        return run.with(step.with(progress));
    }

    private Run moveState(Run run, Set<String> underWay, Instant now) {
        return switch (run.state()) {
            case RunState.Live live
            when run.order().expired(now) -> moveState(run.cleaningUp(live.end(now, expiry(run)), now), underWay, now);
            case RunState.Pending pending -> moveState(run.withState(pending.start(now)), underWay, now);
            case RunState.Running running -> whileRunning(run, running, underWay, now);
            case RunState.Ready ready -> whileReady(run, ready, underWay, now);
            case RunState.Switching switching -> whileSwitching(run, switching, underWay, now);
            case RunState.Halted _ -> run;
            case RunState.Committing committing -> whileCommitting(run, committing, now);
            case RunState.CleaningUp cleaning -> undo.whileCleaningUp(run, cleaning, underWay, now);
            case RunState.Releasing releasing -> undo.whileReleasing(run, releasing, underWay, now);
            case RunState.Ended _ -> run;
        };
    }

    private Run whileSwitching(Run run, RunState.Switching switching, Set<String> underWay, Instant now) {
        Run next = switches.whileSwitching(run, switching, underWay, now);
        return next.state() instanceof RunState.Switching ? next : moveState(next, underWay, now);
    }

    private static RunEnding expiry(Run run) {
        return run.state() instanceof RunState.Ready
                ? new RunEnding.Expired()
                : new RunEnding.Broken(Failure.of(
                        RunError.RUN_EXPIRED,
                        "the run was not ready when it expired at %s"
                                .formatted(run.order().expiresAt().orElseThrow())));
    }

    private Run whileRunning(Run run, RunState.Running running, Set<String> underWay, Instant now) {
        Run going = Failing.giveUp(run, now);
        Optional<Step> failed = Failing.decisive(going).or(() -> Failing.remaining(going));
        if (failed.isEmpty()) {
            return going.arrived() ? going.withState(running.ready(now)) : going;
        }
        Failure failure = ((StepProgress.Failed) failed.get().progress()).failure();
        if (going.order().mode().isFailover() && Failing.policy(going, failed.get()) != OnFailure.ROLL_BACK) {
            return going.withState(running.halt(now, failed.get().id(), failure));
        }
        return moveState(going.cleaningUp(running.end(now, new RunEnding.Broken(failure)), now), underWay, now);
    }

    /** The order's commit policy, if it has one and its time has come. */
    private Run whileReady(Run run, RunState.Ready ready, Set<String> underWay, Instant now) {
        if (DueTimes.policyAt(run, ready).filter(at -> !now.isBefore(at)).isEmpty()) {
            return run;
        }
        return switch (run.order().failover().orElseThrow().commitPolicy()) {
            case NONE -> run;
            case COMMIT -> moveState(run.commit(RunEnding.POLICY, now), underWay, now);
            case ROLLBACK -> moveState(run.rollBack(RunEnding.POLICY, now), underWay, now);
        };
    }

    /** Nothing of a committed run is undone: its machines and the sessions under them go on. */
    private static Run whileCommitting(Run run, RunState.Committing committing, Instant now) {
        for (Step step : run.commitSteps()) {
            if (step.progress() instanceof StepProgress.Failed failed) {
                return run.withState(committing.halt(now, step.id(), failed.failure()));
            }
        }
        if (!run.commitSteps().stream().allMatch(step -> step.progress() instanceof StepProgress.Done)) {
            return run;
        }
        return run.withState(committing.committed(now))
                .mapSteps(step -> step.action().undoes() && step.progress() instanceof StepProgress.Waiting waiting
                        ? step.with(waiting.skip(now, "the run is committed"))
                        : step);
    }

    private Run beginSteps(Run run, Set<String> underWay, Instant now, List<Step> begin) {
        Run next = run;
        for (Step step : run.steps()) {
            boolean timer = step.action() instanceof PauseAction;
            boolean room = timer || underWay.size() + begin.size() < limits.parallelSteps();
            if (!room || !mayBegin(run, step)) {
                continue;
            }
            switch (step.progress()) {
                case StepProgress.Waiting waiting -> {
                    Step begun = step.with(waiting.begin(now));
                    next = next.with(begun);
                    if (!timer) {
                        begin.add(begun);
                    }
                }
                case StepProgress.RetryDue retry
                when !now.isBefore(retry.notBefore()) -> {
                    Step begun = step.with(retry.begin());
                    next = next.with(begun);
                    begin.add(begun);
                }
                case StepProgress.Active active
                when !timer && !underWay.contains(step.id()) -> {
                    Step begun = step.with(active.again());
                    next = next.with(begun);
                    begin.add(begun);
                }
                case StepProgress.Active _,
                        StepProgress.RetryDue _,
                        StepProgress.Done _,
                        StepProgress.Failed _,
                        StepProgress.Skipped _ -> {}
            }
        }
        return next;
    }

    private static boolean mayBegin(Run run, Step step) {
        return switch (run.state()) {
            case RunState.Running _ -> step.action().recovers() && allPassed(run, step.after());
            case RunState.Committing _ -> step.action().commits() && allDone(run, step.after());
            case RunState.CleaningUp _ ->
                step.action().undoes() && !UndoRules.forwardUnderWay(run) && UndoOrder.mayBegin(run, step);
            case RunState.Switching _ ->
                step.action().endsTrial() && !UndoRules.forwardUnderWay(run) && UndoOrder.mayBegin(run, step);
            case RunState.Releasing _ -> step.action().releases() && UndoOrder.mayBegin(run, step);
            case RunState.Pending _, RunState.Ready _, RunState.Halted _, RunState.Ended _ -> false;
        };
    }

    private static boolean allPassed(Run run, List<String> ids) {
        return ids.stream().allMatch(id -> Failing.isPassed(run, run.step(id)));
    }

    private static boolean allDone(Run run, List<String> ids) {
        return ids.stream().allMatch(id -> run.step(id).progress() instanceof StepProgress.Done);
    }

    private static Set<String> union(Set<String> underWay, List<Step> begin) {
        Set<String> all = new HashSet<>(underWay);
        all.addAll(begin.stream().map(Step::id).collect(Collectors.toSet()));
        return all;
    }
}
