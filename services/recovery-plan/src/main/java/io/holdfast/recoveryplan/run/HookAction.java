package io.holdfast.recoveryplan.run;

import io.holdfast.recoveryplan.plan.Hook;

/**
 * The steps in which the company's own programs and services are called. Not idempotent by themselves: {@link Hook.OnUnknown} says what follows a lost outcome.
 * There is no undo.
 */
public sealed interface HookAction extends StepAction {
    Hook hook();

    @Override
    default String kind() {
        return "RUN_HOOK";
    }

    /** On the way to recovery. */
    record RunHook(Hook hook) implements HookAction {}

    /** Before the machine of that step is stopped, which it is whatever comes of this. */
    record BeforeStop(Hook hook, String startStepId) implements HookAction {
        @Override
        public boolean undoes() {
            return true;
        }

        @Override
        public boolean endsTrial() {
            return true;
        }

        @Override
        public boolean releases() {
            return true;
        }
    }
}
