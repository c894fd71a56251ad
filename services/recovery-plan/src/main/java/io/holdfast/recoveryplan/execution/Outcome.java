package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.StepResult;

/** What came of one attempt of a step. */
public sealed interface Outcome {
    String stepId();

    record Succeeded(String stepId, StepResult result) implements Outcome {}

    record Failed(String stepId, Failure failure) implements Outcome {}
}
