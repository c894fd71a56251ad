package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunEnding;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.Switches;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** How a run that is told to go to other points leaves what it has recovered; a part of what {@link RunScheduler} decides. */
record SwitchRules(RunLimits limits, RetryRules retries) {

    Run whileSwitching(Run run, RunState.Switching switching, Set<String> underWay, Instant now) {
        Run next = UndoRules.withoutLostOutcomes(run, underWay, now);
        if (UndoRules.forwardUnderWay(next)) {
            return next;
        }
        next = UndoRules.skipNeedless(next, step -> step.action().endsTrial(), now);
        if (!now.isBefore(switching.since().plus(limits.cleanupLimit()))) {
            next = retries.giveUp(next, step -> step.action().endsTrial(), underWay, now);
        }
        List<Step> leaving =
                next.steps().stream().filter(step -> step.action().endsTrial()).toList();
        if (!underWay.isEmpty()
                || leaving.stream().anyMatch(step -> step.progress().open())) {
            return next;
        }
        List<String> left =
                leaving.stream().filter(Step::leavesSomething).map(Step::id).toList();
        return left.isEmpty() ? Switches.nextTrial(next, switching, now) : notLeft(next, switching, left, now);
    }

    private Run notLeft(Run run, RunState.Switching switching, List<String> left, Instant now) {
        Failure failure = Failure.of(
                RunError.SWITCH_INCOMPLETE,
                "machines may still run, or sessions be open, after %s of trying: %s; look at the hosts and the journal-store"
                        .formatted(limits.cleanupLimit(), String.join(", ", left)));
        return run.order().mode().isFailover()
                ? run.withState(switching.halt(now, left.getFirst(), failure))
                : run.cleaningUp(switching.end(now, new RunEnding.Broken(failure)), now);
    }
}
