package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.run.StepResult;

/** Calls the company's own programs and services. Thread-safe; an attempt is bounded by the hook's timeout. */
@FunctionalInterface
public interface HookRunner {
    /**
     * What the hook is told.
     *
     * @param attempt from 1
     * @param idempotencyKey the same in every attempt of a round, and in no other step of any run
     */
    record Call(
            Hook hook,
            String runId,
            String plan,
            String mode,
            String group,
            String stepId,
            int attempt,
            String idempotencyKey) {}

    /**
     * One attempt. What an attempt before has left running is ended first.
     *
     * @throws io.holdfast.kernel.error.HoldfastException of {@link io.holdfast.recoveryplan.run.HookError}, with what it wrote as evidence
     */
    StepResult.HookDone run(Call call);
}
