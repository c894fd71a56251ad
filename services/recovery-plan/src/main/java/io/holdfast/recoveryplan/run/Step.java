package io.holdfast.recoveryplan.run;

import java.util.List;

/**
 * One action of a run.
 *
 * @param id unique in the run and fixed when the run is ordered; part of the idempotency key of its effect
 * @param group name of the recovery group that it belongs to
 * @param after ids of the steps that come before it
 * @param round how often a person had the failed step tried anew; 0 at first
 */
public record Step(String id, String group, StepAction action, List<String> after, StepProgress progress, int round) {
    public Step {
        after = List.copyOf(after);
    }

    public Step(String id, String group, StepAction action, List<String> after, StepProgress progress) {
        this(id, group, action, after, progress, 0);
    }

    public Step with(StepProgress next) {
        return new Step(id, group, action, after, next, round);
    }

    /** The same step, with more said in its action. */
    Step with(StepAction other) {
        return new Step(id, group, other, after, progress, round);
    }

    /** The step as if it had not begun, in its next round. */
    public Step anew() {
        return new Step(id, group, action, after, new StepProgress.Waiting(), round + 1);
    }

    /** Whether what it was to end may still be there, because it did not succeed. Nothing is ever left of a hook. */
    public boolean leavesSomething() {
        return action.undoes() && !(action instanceof HookAction) && progress instanceof StepProgress.Failed;
    }

    /** Whether its action was ever begun, in any round. */
    public boolean everBegun() {
        return round > 0 || progress.attempts() > 0;
    }
}
