package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.GuestOrder;
import io.holdfast.recoveryplan.machine.GuestWord;
import io.holdfast.recoveryplan.plan.Hook;
import io.holdfast.recoveryplan.plan.Hook.OnUnknown;
import io.holdfast.recoveryplan.plan.HookCall;
import io.holdfast.recoveryplan.plan.MachineHooks;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.OnFailure;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.plan.StepRules;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.FailoverRules.CommitPolicy;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Hooks of one VM and commands inside of its guest, with an executor that is killed before and after each effect, commit and lease change. */
@DisplayName("A run with hooks of a VM whose executor is killed")
class GuestHooksKilledAtAnyPointTest {
    private static final VmId VM = Samples.vm(Samples.APP_1);
    private static final String NAME =
            Samples.machines(Samples.APP_1).getFirst().name();

    enum Story {
        COMMITTED("SUCCEEDED", OnFailure.STOP, _ -> {}, (run, world) -> {
            assertThat(paths(world)).contains("/bin/after").doesNotContain("/bin/stop");
            inOrder(world, "start " + NAME, "guest /bin/after");
        }),
        ROLLED_BACK("ROLLED_BACK", OnFailure.STOP, GuestHooksKilledAtAnyPointTest::rollBackWhenReady, (run, world) -> {
            assertThat(world.machines.guestRuns)
                    .as("each wish was done once: the agent knows it again")
                    .extracting(GuestOrder::key)
                    .doesNotHaveDuplicates();
            inOrder(world, "guest /bin/stop", "stop " + NAME);
        }),
        RELEASED("RELEASED", OnFailure.STOP, GuestHooksKilledAtAnyPointTest::commitAndRelease, (run, world) -> {
            assertThat(paths(world)).containsExactly("/bin/after", "/bin/stop");
            inOrder(world, "guest /bin/stop", "stop " + NAME);
        }),
        WHAT_FAILS_BEFORE_A_STOP_DOES_NOT_KEEP_THE_MACHINE(
                "ROLLED_BACK",
                OnFailure.STOP,
                world -> {
                    world.machines.guestEnd = order -> order.command().path().equals("/bin/stop")
                            ? new GuestWord.Ended("GUEST_COMMAND_FAILED", "exit code 9", "no")
                            : new GuestWord.Ended("", "exit code 0", "");
                    rollBackWhenReady(world);
                },
                (run, world) -> assertThat(run.step("2.before-stop-hook.1.1").progress())
                        .isInstanceOf(StepProgress.Failed.class)),
        WHAT_FAILS_AFTER_READINESS_UNDOES_THE_RUN(
                "FAILED",
                OnFailure.ROLL_BACK,
                world -> world.machines.guestEnd = order ->
                        order.command().path().equals("/bin/after")
                                ? new GuestWord.Ended("GUEST_COMMAND_FAILED", "exit code 3", "the last words")
                                : new GuestWord.Ended("", "exit code 0", ""),
                (run, world) -> {
                    assertThat(run.failure().orElseThrow().code()).isEqualTo("HOOK_FAILED");
                    assertThat(run.failure().orElseThrow().message()).contains("exit code 3");
                });

        final String end;
        final OnFailure onFailure;
        final Consumer<RunWorld> setUp;
        final BiConsumer<Run, RunWorld> check;

        Story(String end, OnFailure onFailure, Consumer<RunWorld> setUp, BiConsumer<Run, RunWorld> check) {
            this.end = end;
            this.onFailure = onFailure;
            this.setUp = setUp;
            this.check = check;
        }
    }

    private static void rollBackWhenReady(RunWorld world) {
        world.user = w -> {
            if (w.store.run().state() instanceof RunState.Ready) {
                w.store.command(run -> run.rollBack("ops", w.clock.instant()));
            }
        };
    }

    private static void commitAndRelease(RunWorld world) {
        world.user = w -> {
            if (w.store.run().state() instanceof RunState.Ready) {
                w.store.command(run -> run.commit("rita", w.clock.instant()));
            } else if (w.store.run().state() instanceof RunState.Succeeded) {
                w.store.command(run -> run.release("rita", w.clock.instant()));
            }
        };
        world.isOver = run -> run.state() instanceof RunState.Released || run.state() instanceof RunState.Failed;
    }

    private static List<String> paths(RunWorld world) {
        return world.machines.guestRuns.stream()
                .map(order -> order.command().path())
                .toList();
    }

    private static void inOrder(RunWorld world, String... words) {
        assertThat(world.machines.log).containsSubsequence(words);
    }

    private static Hook hook(String name, HookCall call, OnFailure onFailure) {
        return new Hook(
                name,
                call,
                Duration.ofMinutes(1),
                2,
                Duration.ofSeconds(1),
                false,
                OnUnknown.RUN_AGAIN,
                Optional.of(onFailure));
    }

    private static HookCall guest(String path) {
        return new HookCall.Guest(VM, path, List.of("now"));
    }

    private static PlanDefinition plan(OnFailure onFailure) {
        MachineRules powered = new MachineRules(true, List.of(), Map.of(), Map.of(), false, List.of(), Duration.ZERO);
        Procedure procedure = new Procedure(
                Optional.empty(),
                List.of(),
                List.of(),
                StepRules.NONE,
                List.of(new MachineHooks(
                        VM,
                        List.of(hook("route", new HookCall.Program("route", List.of(), Map.of()), onFailure)),
                        List.of(hook("after", guest("/bin/after"), onFailure)),
                        List.of(hook("stop", guest("/bin/stop"), OnFailure.STOP)))));
        return new PlanDefinition(
                "pair",
                List.of(
                        new RecoveryGroup("db", List.of(Samples.DB), List.of(), Duration.ZERO, new Readiness.None()),
                        new RecoveryGroup(
                                "app",
                                List.of(Samples.APP_1),
                                List.of("db"),
                                Duration.ZERO,
                                new Readiness.Machines(List.of(), Duration.ofMinutes(10)),
                                powered,
                                procedure)));
    }

    private static RunWorld world(Story story, Optional<FailoverRules> failover, int dieAt) {
        RunWorld world = new RunWorld(Samples.poweredRun(plan(story.onFailure), failover), new CrashPoints(dieAt), 1);
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
            assertThat(world.machines.machinesRunning())
                    .as(where)
                    .isEqualTo(run.state() instanceof RunState.Succeeded ? 1 : 0);
            assertThat(world.hooks.calls)
                    .as(where)
                    .extracting(HookRunner.Call::stepId)
                    .containsOnly("2.before-start-hook.1.1");
            story.check.accept(run, world);
            return world;
        });
        deaths.happenedAround(List.of("2.after-ready-hook.1.1"));
    }

    @Test
    void doesNothingOfItInARehearsalThatThePlanDoesNotMeanForOne() {
        RunWorld world = world(Story.COMMITTED, Optional.empty(), Deaths.NEVER);

        assertThat(world.runToEnd("").state().name()).isEqualTo("SUCCEEDED");
        assertThat(world.machines.guestRuns).isEmpty();
        assertThat(world.hooks.calls).isEmpty();
    }
}
