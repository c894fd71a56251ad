package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.recoveryplan.plan.Approval;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.plan.Objectives;
import io.holdfast.recoveryplan.plan.OnFailure;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.plan.StepRules;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of docs/recovery-runs.md, "When a step fails", for every step of runs of all modes and every policy. */
@DisplayName("A step that has failed for good")
class FailedStepTest {
    private static final Failure WHY = new Failure("WHY", "it did not work", false);
    private static final Set<String> ALL_WAIT_FOR_IT =
            Set.of("SHUT_DOWN_SOURCE", "TAKE_OWNERSHIP", "AWAIT_FENCE", "FINAL_CHECKPOINT", "CHOOSE_POINT");
    private static final Set<String> ITS_GROUP_NEEDS_IT =
            Set.of("AWAIT_APPROVAL", "OPEN_SESSION", "PLACE_MACHINES", "START_MACHINE");
    private static final Set<String> CAN_BE_PASSED_OVER = Set.of("WAIT_READY", "AWAIT_MACHINES", "RUN_HOOK");

    enum Kind {
        TEST,
        UNPLANNED,
        PLANNED
    }

    private static Run run(Kind kind, OnFailure policy) {
        Hook hook = new Hook(
                "hook",
                new HookCall.Program("p", List.of(), Map.of()),
                Duration.ofMinutes(1),
                1,
                Duration.ofSeconds(1),
                true,
                Hook.OnUnknown.RUN_AGAIN,
                Optional.empty());
        Procedure everything = new Procedure(
                Optional.of(new Approval("go", "", Duration.ofHours(1), Approval.AtLimit.REJECT)),
                List.of(hook),
                List.of(hook),
                StepRules.NONE);
        PlanDefinition shop = Samples.poweredShop();
        PlanDefinition plan = new PlanDefinition(
                shop.name(),
                shop.groups().stream().map(group -> group.with(everything)).toList(),
                new StepRules(
                        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(policy)),
                Objectives.NONE);
        Optional<FailoverRules> rules = kind == Kind.TEST
                ? Optional.empty()
                : Optional.of(new FailoverRules(
                        FailoverRules.CommitPolicy.NONE,
                        Duration.ofMinutes(1),
                        FailoverRules.OnFailure.STOP,
                        kind == Kind.PLANNED
                                ? Optional.of(new FailoverRules.Shutdown(Duration.ofSeconds(1), false))
                                : Optional.empty()));
        return Samples.poweredRun(plan, rules).withState(new RunState.Running(Samples.NOON));
    }

    static Stream<Arguments> steps() {
        return Stream.of(Kind.values()).flatMap(kind -> Stream.of(OnFailure.values())
                .flatMap(policy -> run(kind, policy).forwardSteps().stream()
                        .filter(step -> !step.action().kind().equals("BOOT_DELAY"))
                        .map(step -> Arguments.of(kind, policy, step.id()))));
    }

    @ParameterizedTest(name = "in a {0} with {1}: {2}")
    @MethodSource("steps")
    void meansWhatTheTableSays(Kind kind, OnFailure policy, String stepId) {
        Run before = run(kind, policy);
        Step failing = before.step(stepId);
        String what = failing.action().kind();
        Run failed = before.with(failing.with(new StepProgress.Failed(Samples.NOON, Samples.NOON, 1, WHY)));

        Run after = new RunScheduler(RunWorld.LIMITS)
                .take(failed, List.of(), Set.of(), Samples.NOON)
                .run();

        boolean goesOn = policy == OnFailure.CONTINUE && !ALL_WAIT_FOR_IT.contains(what);
        boolean givenUp = goesOn && ITS_GROUP_NEEDS_IT.contains(what);
        // The application is behind the database: without that nothing is left to go on with.
        boolean nothingLeft = givenUp && failing.group().equals("db");
        if (goesOn && !nothingLeft) {
            assertThat(after.state()).isInstanceOf(RunState.Running.class);
            assertThat(skipped(after)).isEqualTo(givenUp ? stepsOfGivenUp(before, failing) : Set.of());
        } else if (nothingLeft && kind != Kind.TEST) {
            assertThat(after.state()).isInstanceOf(RunState.Halted.class);
            assertThat(skipped(after)).isEqualTo(stepsOfGivenUp(before, failing));
        } else if (kind == Kind.TEST || policy == OnFailure.ROLL_BACK) {
            assertThat(after.state()).isNotInstanceOf(RunState.Running.class).isNotInstanceOf(RunState.Halted.class);
            assertThat(after.failure()).contains(WHY);
        } else {
            assertThat(after.state()).isInstanceOf(RunState.Halted.class);
            assertThat(after.failure()).contains(WHY);
            assertThat(skipped(after)).isEmpty();
        }
    }

    /** Of its group, and of the groups behind it: the application is behind the database. */
    private static Set<String> stepsOfGivenUp(Run run, Step failing) {
        Set<String> groups = new HashSet<>(List.of(failing.group(), "app"));
        return run.forwardSteps().stream()
                .filter(step -> groups.contains(step.group()) && !step.id().equals(failing.id()))
                .map(Step::id)
                .collect(Collectors.toSet());
    }

    private static Set<String> skipped(Run run) {
        return run.forwardSteps().stream()
                .filter(step -> step.progress() instanceof StepProgress.Skipped)
                .map(Step::id)
                .collect(Collectors.toSet());
    }

    @Test
    void isOfAKindThatTheTableNames() {
        Set<String> kinds = Stream.of(Kind.values())
                .flatMap(kind -> run(kind, OnFailure.STOP).forwardSteps().stream())
                .map(step -> step.action().kind())
                .collect(Collectors.toSet());

        Set<String> named = new HashSet<>(ALL_WAIT_FOR_IT);
        named.addAll(ITS_GROUP_NEEDS_IT);
        named.addAll(CAN_BE_PASSED_OVER);
        named.add("BOOT_DELAY");
        assertThat(kinds).isEqualTo(named);
    }
}
