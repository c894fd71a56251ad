package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepResult;

/** Carries out one attempt of a step; blocks until it is done. Thread-safe. */
@FunctionalInterface
public interface StepPerformer {
    /**
     * @param run as it was stored when the step began
     * @throws io.holdfast.kernel.error.HoldfastException with the code to report
     */
    StepResult perform(Run run, Step step);
}
