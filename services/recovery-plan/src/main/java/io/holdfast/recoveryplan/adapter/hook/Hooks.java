package io.holdfast.recoveryplan.adapter.hook;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.execution.HookRunner;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.run.StepResult;
import java.util.Optional;

/** Gives each hook to what can carry it out. */
public final class Hooks implements HookRunner, AutoCloseable {
    private final ProgramHooks programs;
    private final HttpHooks requests;

    public Hooks(HookLimits limits) {
        this.programs = new ProgramHooks(limits);
        this.requests = new HttpHooks(limits);
    }

    @Override
    public StepResult.HookDone run(Call call) {
        return switch (call.hook().call()) {
            case HookCall.Program program -> programs.run(call, program);
            case HookCall.Http http -> requests.run(call, http);
            case HookCall.Guest _ -> throw new IllegalStateException("a guest's command goes to its agent");
        };
    }

    /** Why the hook cannot be called now; empty = nothing is known to be in its way. Calls nothing. */
    public Optional<String> obstacle(Hook hook) {
        try {
            switch (hook.call()) {
                case HookCall.Program program -> programs.file(program.program());
                case HookCall.Http http -> requests.requireAllowed(http);
                case HookCall.Guest _ -> {
                    // What a guest allows is seen when it runs.
                }
            }
            return Optional.empty();
        } catch (HoldfastException refused) {
            return Optional.of(refused.getMessage());
        }
    }

    @Override
    public void close() {
        requests.close();
    }
}
