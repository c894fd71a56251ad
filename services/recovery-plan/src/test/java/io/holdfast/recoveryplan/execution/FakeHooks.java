package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.StepResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Hooks that remember every call; they outlive the executor. A test can make one fail before or after its effect. */
final class FakeHooks implements HookRunner {
    final List<Call> calls = new ArrayList<>();
    Consumer<Call> before = _ -> {};
    Consumer<Call> after = _ -> {};

    @Override
    public StepResult.HookDone run(Call call) {
        before.accept(call);
        calls.add(call);
        after.accept(call);
        return new StepResult.HookDone("done", "hello");
    }

    long count(String stepId) {
        return calls.stream().filter(call -> call.stepId().equals(stepId)).count();
    }
}
