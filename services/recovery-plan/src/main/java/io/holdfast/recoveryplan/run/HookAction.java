package io.holdfast.recoveryplan.run;

import io.holdfast.recoveryplan.plan.Hook;

/** The steps in which the company's own programs and services are called. */
public sealed interface HookAction extends StepAction {

    /** Does what the hook says. Not idempotent by itself: {@link Hook.OnUnknown} says what follows a lost outcome. There is no undo. */
    record RunHook(Hook hook) implements HookAction {
        @Override
        public String kind() {
            return "RUN_HOOK";
        }
    }
}
