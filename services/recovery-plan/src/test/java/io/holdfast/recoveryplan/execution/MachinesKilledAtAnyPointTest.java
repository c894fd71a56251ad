package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.adapter.persistence.StoredForm;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.machine.MachineWord;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.ReportWriter;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.CheckpointMark;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.FailoverRules.CommitPolicy;
import io.holdfast.recoveryplan.run.FailoverRules.OnFailure;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.support.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@link KilledAtAnyPointTest} for runs that start machines, and for UNPLANNED ones: the executor dies before and after each effect and commit of each story, another one
 * goes on, and requests of the dead one arrive after everything else.
 */
@DisplayName("A run with machines whose executor is killed")
class MachinesKilledAtAnyPointTest {
    private static final int SEEDS = 1;
    private static final Set<PgId> ALL = Set.of(Samples.DB, Samples.APP_1, Samples.APP_2);
    private static final String APP_2 =
            Samples.machines(Samples.APP_2).getFirst().name();
    private static final String DB = Samples.machines(Samples.DB).getFirst().name();
    private static final MachineWord.Reported PANIC = new MachineWord.Reported(
            MachineWord.State.FAILED,
            Samples.NOON,
            "MACHINE_ENDED",
            "it ended by itself",
            Optional.empty(),
            "Kernel panic");

    enum Story {
        TEST_FINISHED(
                "SUCCEEDED",
                Story::finish,
                "1.place-machines",
                "1.start-machine.1",
                "1.await-machines",
                "2.start-machine.2",
                "1.mark-checkpoint.1",
                "1.stop-machine.1",
                "2.stop-machine.2"),
        TEST_WHOSE_DATABASE_DOES_NOT_BOOT(
                "FAILED",
                world -> world.machines.fate = name -> name.equals(DB) ? Optional.of(PANIC) : Optional.empty(),
                "1.mark-checkpoint.1",
                "1.stop-machine.1"),
        TEST_EXPIRED("SUCCEEDED", _ -> {}, "2.stop-machine.1"),
        TEST_CANCELLED_WHILE_A_MACHINE_STARTS(
                "CANCELLED",
                world -> world.machines.after = (call, name) -> {
                    if (call.equals("start")
                            && name.equals(APP_2)
                            && world.store.run().state() instanceof RunState.Live) {
                        world.store.command(run -> run.cancel("olga", world.clock.instant()));
                    }
                },
                "2.stop-machine.2"),
        TEST_WITH_A_MACHINE_THAT_FAILS(
                "FAILED",
                world -> world.machines.fate = name -> name.equals(APP_2) ? Optional.of(PANIC) : Optional.empty(),
                "2.stop-machine.2"),
        TEST_THAT_AN_AGENT_REFUSES(
                "FAILED",
                world -> world.machines.fate = name -> name.equals(APP_2)
                        ? Optional.of(new MachineWord.Refused("NOT_ENOUGH_MEMORY", "full"))
                        : Optional.empty(),
                "2.stop-machine.1"),
        TEST_WHOSE_HOST_IS_SILENT(
                "FAILED",
                world -> world.machines.before = (call, name) -> {
                    if (call.equals("start") && name.equals(APP_2)) {
                        throw new HoldfastException(ForeignCode.ofRefusal("COMMAND_EXPIRED"), "nobody carried it out");
                    }
                },
                "2.stop-machine.1"),
        TEST_THAT_HARDLY_STOPS(
                "SUCCEEDED",
                world -> {
                    finish(world);
                    int[] losses = {7};
                    world.machines.after = (call, _) -> {
                        if (call.equals("stop") && losses[0]-- > 0) {
                            throw FakeJournals.noAnswer();
                        }
                    };
                },
                "1.stop-machine.1"),
        COMMITTED(
                "SUCCEEDED",
                failover(CommitPolicy.NONE, OnFailure.STOP),
                Story::commit,
                "1.take-ownership.1",
                "1.stop-replication.1",
                "2.stop-replication.2",
                "1.commit-session.1",
                "2.commit-session.2"),
        COMMITTED_BY_POLICY("SUCCEEDED", failover(CommitPolicy.COMMIT, OnFailure.STOP), _ -> {}, "1.commit-session.1"),
        ROLLED_BACK(
                "ROLLED_BACK",
                failover(CommitPolicy.NONE, OnFailure.STOP),
                world -> when(world, RunState.Ready.class, run -> run.rollBack("rita", world.clock.instant())),
                "1.stop-machine.1",
                "1.close-session.1"),
        ROLLED_BACK_BY_POLICY(
                "ROLLED_BACK", failover(CommitPolicy.ROLLBACK, OnFailure.STOP), _ -> {}, "1.stop-machine.1"),
        HALTED_AND_RETRIED(
                "SUCCEEDED",
                failover(CommitPolicy.COMMIT, OnFailure.STOP),
                world -> {
                    world.machines.fate = name -> name.equals(APP_2) ? Optional.of(PANIC) : Optional.empty();
                    when(world, RunState.Halted.class, run -> {
                        world.machines.fate = _ -> Optional.empty();
                        return run.retry(world.clock.instant());
                    });
                },
                "2.start-machine.2"),
        HALTED_AND_ROLLED_BACK(
                "ROLLED_BACK",
                failover(CommitPolicy.COMMIT, OnFailure.STOP),
                world -> {
                    world.machines.fate = name -> name.equals(APP_2) ? Optional.of(PANIC) : Optional.empty();
                    when(world, RunState.Halted.class, run -> run.rollBack("rita", world.clock.instant()));
                },
                "2.stop-machine.2"),
        FAILED_AND_UNDONE(
                "FAILED",
                failover(CommitPolicy.COMMIT, OnFailure.ROLLBACK),
                world -> world.machines.fate = name -> name.equals(APP_2) ? Optional.of(PANIC) : Optional.empty(),
                "2.stop-machine.2"),
        COMMIT_REFUSED_AND_ROLLED_BACK(
                "ROLLED_BACK",
                failover(CommitPolicy.COMMIT, OnFailure.STOP),
                world -> {
                    refuseCommits(world, ALL);
                    // Where a commit's outcome was lost in a crash there is no way back until it was tried again.
                    when(world, RunState.Halted.class, run -> {
                        try {
                            return run.rollBack("rita", world.clock.instant());
                        } catch (HoldfastException refused) {
                            assertThat(refused.code().name()).isEqualTo("COMMIT_UNDER_WAY");
                            return run.retry(world.clock.instant());
                        }
                    });
                },
                "1.return-ownership.1",
                "2.return-ownership.2"),
        COMMIT_REFUSED_AND_RETRIED(
                "SUCCEEDED",
                failover(CommitPolicy.COMMIT, OnFailure.STOP),
                world -> {
                    refuseCommits(world, Set.of(Samples.APP_2));
                    when(world, RunState.Halted.class, run -> {
                        world.journals.before = (_, _) -> {};
                        return run.retry(world.clock.instant());
                    });
                },
                "2.commit-session.2"),
        ;

        final String end;
        final Optional<FailoverRules> failover;
        final Consumer<RunWorld> setUp;
        final List<String> steps;

        Story(String end, Consumer<RunWorld> setUp, String... steps) {
            this(end, Optional.empty(), setUp, steps);
        }

        Story(String end, Optional<FailoverRules> failover, Consumer<RunWorld> setUp, String... steps) {
            this.end = end;
            this.failover = failover;
            this.setUp = setUp;
            this.steps = List.of(steps);
        }

        boolean committed() {
            return failover.isPresent() && end.equals("SUCCEEDED");
        }

        private static Optional<FailoverRules> failover(CommitPolicy policy, OnFailure onFailure) {
            return Optional.of(new FailoverRules(policy, Duration.ofMinutes(60), onFailure));
        }

        private static void finish(RunWorld world) {
            when(world, RunState.Ready.class, run -> run.finish("olga", world.clock.instant()));
        }

        private static void commit(RunWorld world) {
            when(world, RunState.Ready.class, run -> run.commit("rita", world.clock.instant()));
        }

        private static void when(RunWorld world, Class<? extends RunState> state, UnaryOperator<Run> command) {
            world.user = w -> {
                if (state.isInstance(w.store.run().state())) {
                    w.store.command(command);
                }
            };
        }

        private static void refuseCommits(RunWorld world, Set<PgId> groups) {
            world.journals.before = (call, pg) -> {
                if (call.equals("commit") && groups.contains(pg)) {
                    throw new HoldfastException(
                            new ForeignCode("HISTORY_IN_USE", Blame.CONFLICT), "another session is open");
                }
            };
        }
    }

    @ParameterizedTest(name = "in the story {0} comes to the same end, and leaves what it should")
    @EnumSource(Story.class)
    void comesToTheSameEnd(Story story) {
        Deaths deaths = new Deaths();
        for (int seed = 1; seed <= SEEDS; seed++) {
            long order = seed;
            deaths.from(0, dieAt -> play(story, dieAt, order));
        }
        System.out.println(story + ": " + deaths);
        deaths.happenedAround(story.steps).happenedAfter(story.end);
    }

    @ParameterizedTest(name = "in the story {0} also ends properly in any order of effects")
    @EnumSource(Story.class)
    void endsProperlyInAnyOrderOfEffects(Story story) {
        for (long seed = 1000; seed < 1010; seed++) {
            play(story, Deaths.NEVER, seed);
        }
    }

    private static RunWorld play(Story story, int dieAt, long seed) {
        RunWorld world = new RunWorld(Samples.poweredRun(story.failover), new CrashPoints(dieAt), seed);
        story.setUp.accept(world);
        String where = "%s, seed %d, killed at %d".formatted(story, seed, dieAt);
        Run run = world.runToEnd(where);
        where += " (" + (world.crash.died() ? world.crash.reached().getLast() : "never") + ")";

        assertThat(run.state().name()).as(where).isEqualTo(story.end);
        assertThat(run.committed()).as(where).isEqualTo(story.committed());
        assertThat(run.steps()).as(where).noneMatch(step -> step.progress().open());
        assertThat(world.machines.machinesRunning())
                .as("machines left, " + where)
                .isEqualTo(story.committed() ? 3 : 0);
        assertThat(world.journals.openNow())
                .as("sessions left, " + where)
                .isEqualTo(story.committed() ? ALL : Set.of());
        assertThat(world.journals.committed())
                .as("sessions committed, " + where)
                .isEqualTo(story.committed() ? ALL : Set.of());
        assertThat(world.ownerships.away())
                .as("groups that are not their source's, " + where)
                .isEqualTo(story.committed() ? ALL : Set.of());
        for (PgId pg : ALL) {
            assertThat(world.ownerships.count("return " + pg))
                    .as("returned, " + where)
                    .isEqualTo(story.committed() ? 0 : world.ownerships.count("take " + pg))
                    .isLessThanOrEqualTo(1);
        }
        Map<PgId, CheckpointMark.Kind> marked = new HashMap<>();
        world.journals.marks().forEach((pg, mark) -> marked.put(pg, mark.kind()));
        assertThat(marked).as("marks, " + where).isEqualTo(expectedMarks(story, run));
        RunReport report = ReportWriter.of(run, LiveFacts.NONE);
        assertThat(report.cleanup().result())
                .as(where)
                .isEqualTo(story.committed() ? RunReport.Cleanup.Result.NOT_NEEDED : RunReport.Cleanup.Result.COMPLETE);
        theDatabaseStartedFirst(world, where);
        return world;
    }

    /** Only the database's machine is awaited; what the others show is how their disks are served. */
    private static Map<PgId, CheckpointMark.Kind> expectedMarks(Story story, Run run) {
        if (story.failover.isPresent()) {
            return Map.of();
        }
        if (run.step("1.await-machines").progress() instanceof StepProgress.Done) {
            return Map.of(Samples.DB, CheckpointMark.Kind.VERIFIED);
        }
        return run.step("1.start-machine.1").progress() instanceof StepProgress.Failed failed
                        && failed.failure().code().equals("MACHINE_ENDED")
                ? Map.of(Samples.DB, CheckpointMark.Kind.SUSPECT)
                : Map.of();
    }

    /** A failover that was ordered before there was ownership goes on as it was planned: it pauses, and a rollback resumes. */
    @Test
    void ofAnEarlierVersionCommitsAndGoesBackWithoutOwnership() throws IOException {
        Run stored = StoredForm.read(Files.readString(Path.of("src/test/resources/run-format-2.json")));
        Run old = new Run(
                stored.order(),
                stored.state(),
                stored.steps().stream()
                        .map(step -> new Step(
                                step.id(), step.group(), step.action(), step.after(), new StepProgress.Waiting()))
                        .toList());
        RunWorld committed = new RunWorld(old, new CrashPoints(Deaths.NEVER), 1);
        RunWorld refused = new RunWorld(old, new CrashPoints(Deaths.NEVER), 1);
        for (RunWorld world : List.of(committed, refused)) {
            world.journals.mayOpen = _ -> true;
            world.journals.mayCommit = world.replication.paused::contains;
        }
        Story.refuseCommits(refused, ALL);
        Story.when(refused, RunState.Halted.class, run -> run.rollBack("rita", refused.clock.instant()));

        assertThat(committed.runToEnd().committed()).isTrue();
        assertThat(committed.replication.paused).isEqualTo(ALL);
        assertThat(refused.runToEnd().state().name()).isEqualTo("ROLLED_BACK");
        assertThat(refused.replication.paused).isEmpty();
        assertThat(committed.ownerships.log).isEmpty();
        assertThat(refused.ownerships.log).isEmpty();
        assertThat(refused.journals.openNow()).isEmpty();
    }

    /** The groups' order, and within the application's group the plan's: APP_1 before APP_2. */
    private static void theDatabaseStartedFirst(RunWorld world, String where) {
        List<String> starts = world.machines.log.stream()
                .filter(line -> line.startsWith("start"))
                .distinct()
                .toList();
        List<String> inOrder = List.of(
                "start " + Samples.machines(Samples.DB).getFirst().name(),
                "start " + Samples.machines(Samples.APP_1).getFirst().name(),
                "start " + APP_2);
        assertThat(starts).as(where).isEqualTo(inOrder.subList(0, starts.size()));
    }
}
