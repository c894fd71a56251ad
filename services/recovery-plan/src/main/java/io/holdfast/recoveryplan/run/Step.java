package io.holdfast.recoveryplan.run;

import java.util.List;

/**
 * One action of a run.
 *
 * @param id unique in the run and fixed when the run is ordered; part of the idempotency key of its effect
 * @param group name of the recovery group that it belongs to
 * @param after ids of the steps that come before it
 */
public record Step(String id, String group, StepAction action, List<String> after, StepProgress progress) {
    public Step {
        after = List.copyOf(after);
    }

    public Step with(StepProgress next) {
        return new Step(id, group, action, after, next);
    }
}
