package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.Hook.OnUnknown;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.plan.Objectives;
import io.holdfast.recoveryplan.plan.OnFailure;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.plan.StepRules;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.FailoverRules.CommitPolicy;
import io.holdfast.recoveryplan.run.HookError;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** As {@link MachinesKilledAtAnyPointTest}, with hooks around the application, tries of its steps, and a group that is given up. */
@DisplayName("A run with hooks whose executor is killed")
class HooksKilledAtAnyPointTest {
    private static final String BEFORE = "2.before-hook.1";
    private static final String AFTER = "2.after-hook.1";

    enum Story {
        DONE_AT_LEAST_ONCE("SUCCEEDED", OnUnknown.RUN_AGAIN, OnFailure.STOP, _ -> {}, (run, world) -> {
            assertThat(world.hooks.count(BEFORE)).isBetween(1L, 2L);
            assertThat(world.hooks.count(AFTER)).isBetween(1L, 2L);
        }),
        DONE_AT_MOST_ONCE(
                "SUCCEEDED",
                OnUnknown.FAIL,
                OnFailure.STOP,
                world -> whenHalted(world, "HOOK_OUTCOME_UNKNOWN"),
                (run, world) -> {
                    long rounds = world.hooks.calls.stream()
                            .map(HookRunner.Call::idempotencyKey)
                            .distinct()
                            .count();
                    assertThat((long) world.hooks.calls.size())
                            .as("one call for each wish of the plan and of a person")
                            .isEqualTo(rounds);
                }),
        FAILS_TWICE_AND_THEN_NOT(
                "SUCCEEDED",
                OnUnknown.RUN_AGAIN,
                OnFailure.STOP,
                world -> {
                    world.hooks.before = refuse(AFTER, 2);
                    // A death costs an attempt: then the step fails, and a person has it tried again.
                    whenHalted(world, "HOOK_FAILED");
                },
                (run, world) -> assertThat(world.hooks.count(AFTER)).isPositive()),
        FAILS_AND_IS_PASSED_OVER(
                "SUCCEEDED",
                OnUnknown.RUN_AGAIN,
                OnFailure.CONTINUE,
                world -> world.hooks.before = refuse(BEFORE, Deaths.NEVER),
                (run, world) -> {
                    assertThat(run.step(BEFORE).progress()).isInstanceOf(StepProgress.Failed.class);
                    assertThat(run.recovered()).isTrue();
                }),
        FAILS_AND_EVERYTHING_IS_UNDONE(
                "FAILED",
                OnUnknown.RUN_AGAIN,
                OnFailure.ROLL_BACK,
                world -> world.hooks.before = refuse(AFTER, Deaths.NEVER),
                (run, world) -> assertThat(run.failure().orElseThrow().code()).isEqualTo("HOOK_FAILED")),
        ITS_GROUP_IS_GIVEN_UP_AND_RETRIED(
                "SUCCEEDED",
                OnUnknown.RUN_AGAIN,
                OnFailure.CONTINUE,
                world -> {
                    boolean[] refused = {true};
                    world.journals.before = (call, pg) -> {
                        if (refused[0] && call.equals("open") && pg.equals(Samples.DB)) {
                            throw new HoldfastException(HookError.HOOK_NOT_ALLOWED, "the checkpoint left the window");
                        }
                    };
                    when(world, RunState.Halted.class, () -> {
                        assertThat(world.journals.openNow())
                                .as("the group behind it was not begun")
                                .isEmpty();
                        assertThat(world.hooks.calls).isEmpty();
                        refused[0] = false;
                        world.store.command(run -> run.retry(world.clock.instant()));
                    });
                },
                (run, world) -> assertThat(world.hooks.count(AFTER)).isPositive());

        final String end;
        final OnUnknown onUnknown;
        final OnFailure onFailure;
        final Consumer<RunWorld> setUp;
        final java.util.function.BiConsumer<Run, RunWorld> check;

        Story(
                String end,
                OnUnknown onUnknown,
                OnFailure onFailure,
                Consumer<RunWorld> setUp,
                java.util.function.BiConsumer<Run, RunWorld> check) {
            this.end = end;
            this.onUnknown = onUnknown;
            this.onFailure = onFailure;
            this.setUp = setUp;
            this.check = check;
        }

        private static Consumer<HookRunner.Call> refuse(String stepId, int times) {
            int[] left = {times};
            return call -> {
                if (call.stepId().equals(stepId) && left[0]-- > 0) {
                    throw new HoldfastException(HookError.HOOK_FAILED, "exit code 3");
                }
            };
        }

        private static void whenHalted(RunWorld world, String code) {
            when(world, RunState.Halted.class, () -> {
                assertThat(world.store.run().failure().orElseThrow().code()).isEqualTo(code);
                world.store.command(run -> run.retry(world.clock.instant()));
            });
        }

        private static void when(RunWorld world, Class<? extends RunState> state, Runnable then) {
            world.user = w -> {
                if (state.isInstance(w.store.run().state())) {
                    then.run();
                }
            };
        }
    }

    private static Hook hook(String name, OnUnknown onUnknown, OnFailure onFailure, boolean inTest) {
        return new Hook(
                name,
                new HookCall.Program(name, List.of(), Map.of()),
                Duration.ofMinutes(1),
                3,
                Duration.ofSeconds(1),
                inTest,
                onUnknown,
                Optional.of(onFailure));
    }

    private static PlanDefinition plan(Story story) {
        StepRules rules = new StepRules(
                Optional.of(Duration.ofMinutes(5)),
                Optional.of(2),
                Optional.of(Duration.ofSeconds(2)),
                Optional.of(Duration.ofSeconds(2)),
                Optional.of(story.onFailure));
        PlanDefinition pair = Samples.pair(new Procedure(
                Optional.empty(),
                List.of(hook("before", story.onUnknown, story.onFailure, false)),
                List.of(hook("after", story.onUnknown, story.onFailure, true)),
                StepRules.NONE));
        return new PlanDefinition(pair.name(), pair.groups(), rules, Objectives.NONE);
    }

    private static RunWorld world(Story story, Optional<FailoverRules> failover, int dieAt) {
        RunWorld world = new RunWorld(Samples.poweredRun(plan(story), failover), new CrashPoints(dieAt), 1);
        story.setUp.accept(world);
        return world;
    }

    @ParameterizedTest(name = "in the story {0} comes to the same end")
    @EnumSource(Story.class)
    void comesToTheSameEnd(Story story) {
        Deaths deaths = Deaths.everywhere(dieAt -> {
            RunWorld world = world(story, Samples.failover(CommitPolicy.COMMIT), dieAt);
            String where = "%s, killed at %d".formatted(story, dieAt);
            Run run = world.runToEnd(where);

            assertThat(run.state().name()).as(where).isEqualTo(story.end);
            assertThat(run.steps()).as(where).noneMatch(step -> step.progress().open());
            Set<PgId> kept = run.committed() ? Set.of(Samples.DB, Samples.APP_1) : Set.of();
            assertThat(world.journals.openNow()).as(where).isEqualTo(kept);
            assertThat(world.ownerships.away()).as(where).isEqualTo(kept);
            story.check.accept(run, world);
            keysAreOfOneRoundEach(world, where);
            return world;
        });
        deaths.happenedAround(List.of(BEFORE));
    }

    /** Whoever is called can tell a repeated call by its key, and attempts by their numbers. */
    private static void keysAreOfOneRoundEach(RunWorld world, String where) {
        Map<String, List<HookRunner.Call>> byKey =
                world.hooks.calls.stream().collect(Collectors.groupingBy(HookRunner.Call::idempotencyKey));
        byKey.forEach((key, calls) -> {
            assertThat(calls)
                    .as(where)
                    .extracting(HookRunner.Call::stepId)
                    .containsOnly(calls.getFirst().stepId());
            assertThat(calls)
                    .as(where + " " + key)
                    .extracting(HookRunner.Call::attempt)
                    .doesNotHaveDuplicates();
        });
    }

    @Test
    void doesInARehearsalOnlyWhatThePlanAllowsThere() {
        RunWorld world = world(Story.DONE_AT_LEAST_ONCE, Optional.empty(), Deaths.NEVER);
        Run run = world.runToEnd("");

        assertThat(run.state().name()).isEqualTo("SUCCEEDED");
        assertThat(world.hooks.calls).extracting(HookRunner.Call::stepId).containsExactly(AFTER);
        assertThat(world.hooks.calls.getFirst().mode()).isEqualTo("TEST");
    }

    @Test
    void triesAStepAsOftenAsThePlanSays() {
        RunWorld world =
                world(Story.FAILS_AND_EVERYTHING_IS_UNDONE, Samples.failover(CommitPolicy.COMMIT), Deaths.NEVER);
        int[] opened = {0};
        world.journals.before = (call, pg) -> {
            if (call.equals("open")) {
                opened[0]++;
                throw FakeJournals.noAnswer();
            }
        };
        world.beforeEffect = step -> {
            if (step.contains("close-session")) {
                world.journals.before = (_, _) -> {};
            }
        };
        Run run = world.runToEnd("");

        assertThat(run.state().name()).isEqualTo("FAILED");
        assertThat(opened[0]).isEqualTo(2);
    }
}
