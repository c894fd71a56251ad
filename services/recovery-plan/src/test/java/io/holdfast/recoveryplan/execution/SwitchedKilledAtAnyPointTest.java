package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.machine.MachineWord;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.ReportWriter;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.FailoverRules.CommitPolicy;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.support.Samples;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@link MachinesKilledAtAnyPointTest} for runs that are told to try another checkpoint. The fakes refuse what would be wrong at any moment: two sessions of a group, two machines
 * of a VM, a session that is closed under a machine, a group that is given back while something of it is there.
 */
@DisplayName("A run that goes to another checkpoint and whose executor is killed")
class SwitchedKilledAtAnyPointTest {
    private static final Set<PgId> ALL = Set.of(Samples.DB, Samples.APP_1, Samples.APP_2);
    private static final CheckpointId OLDER = new CheckpointId(new UUID(7, 0x01d));
    private static final CheckpointId OLDEST = new CheckpointId(new UUID(7, 0x0001d));
    private static final String APP_2 =
            Samples.machines(Samples.APP_2).getFirst().name();
    private static final MachineWord.Reported PANIC = new MachineWord.Reported(
            MachineWord.State.FAILED,
            Samples.NOON,
            "MACHINE_ENDED",
            "it ended by itself",
            Optional.empty(),
            "Kernel panic");

    enum Story {
        TEST_SWITCHED_AND_FINISHED(
                "SUCCEEDED",
                2,
                Optional.empty(),
                world -> whenReady(world, 1, (run, w) -> run.finish("olga", w.clock.instant())),
                "1.stop-machine.1",
                "2.stop-machine.2",
                "1.mark-checkpoint.1",
                "1.close-session.1",
                "2.start-machine.2"),
        FAILOVER_SWITCHED_AND_COMMITTED(
                "SUCCEEDED",
                2,
                Samples.failover(CommitPolicy.NONE),
                world -> whenReady(world, 1, (run, w) -> run.commit("rita", w.clock.instant())),
                "2.close-session.2",
                "1.commit-session.1"),
        HALTED_AND_SWITCHED_AND_COMMITTED_BY_POLICY(
                "SUCCEEDED",
                2,
                Samples.failover(CommitPolicy.COMMIT),
                world -> {
                    world.machines.fate = name ->
                            name.equals(APP_2) && world.store.run().trials().number() == 1
                                    ? Optional.of(PANIC)
                                    : Optional.empty();
                    world.user = w -> {
                        if (w.store.run().state() instanceof RunState.Halted) {
                            w.store.command(run -> switched(run, OLDER, w));
                        }
                    };
                },
                "2.start-machine.2",
                "2.stop-machine.2"),
        SWITCHED_WHILE_A_MACHINE_STARTS(
                "ROLLED_BACK",
                2,
                Samples.failover(CommitPolicy.ROLLBACK),
                world -> world.machines.before = (call, name) -> {
                    Run now = world.store.run();
                    if (call.equals("start") && name.equals(APP_2) && now.state() instanceof RunState.Running) {
                        if (now.trials().number() == 1) {
                            world.store.command(run -> switched(run, OLDER, world));
                        }
                    }
                },
                "2.start-machine.2"),
        SWITCHED_WHILE_THE_ANSWERS_OF_TAKING_ARE_LOST(
                "ROLLED_BACK",
                2,
                Samples.failover(CommitPolicy.ROLLBACK),
                world -> {
                    int[] losses = {2};
                    world.ownerships.after = (call, pg) -> {
                        Run now = world.store.run();
                        if (call.equals("take") && pg.equals(Samples.APP_1) && losses[0]-- > 0) {
                            if (now.state() instanceof RunState.Running
                                    && now.trials().number() == 1) {
                                world.store.command(run -> switched(run, OLDER, world));
                            }
                            throw FakeJournals.noAnswer();
                        }
                    };
                },
                "2.take-ownership.1",
                "2.take-ownership.2"),
        SWITCHED_WITH_LOST_ANSWERS("SUCCEEDED", 2, Samples.failover(CommitPolicy.NONE), world -> {
            whenReady(world, 1, (run, w) -> run.commit("rita", w.clock.instant()));
            int[] losses = {9};
            world.machines.after = (call, _) -> {
                if (call.equals("stop") && losses[0]-- > 0) {
                    throw FakeJournals.noAnswer();
                }
            };
            world.journals.after = (call, _) -> {
                if (call.equals("close") && losses[0]++ < 3) {
                    throw FakeJournals.noAnswer();
                }
            };
        }),
        ROLLED_BACK_WHILE_IT_SWITCHES(
                "ROLLED_BACK",
                1,
                Samples.failover(CommitPolicy.COMMIT),
                world -> {
                    whenReady(world, 1, (run, _) -> run);
                    endWhileSwitching(world, run -> run.rollBack("rita", world.clock.instant()));
                },
                "1.return-ownership.1"),
        TEST_CANCELLED_WHILE_IT_SWITCHES(
                "CANCELLED",
                1,
                Optional.empty(),
                world -> {
                    whenReady(world, 1, (run, _) -> run);
                    endWhileSwitching(world, run -> run.cancel("olga", world.clock.instant()));
                },
                "1.close-session.1");

        final String end;
        final int trials;
        final Optional<FailoverRules> failover;
        final Consumer<RunWorld> setUp;
        final List<String> steps;

        Story(String end, int trials, Optional<FailoverRules> failover, Consumer<RunWorld> setUp, String... steps) {
            this.end = end;
            this.trials = trials;
            this.failover = failover;
            this.setUp = setUp;
            this.steps = List.of(steps);
        }

        boolean committed() {
            return failover.isPresent() && end.equals("SUCCEEDED");
        }

        /** Goes to an older checkpoint as often as is said, each time that it is READY, and then does the other thing. */
        private static void whenReady(RunWorld world, int switches, BiFunction<Run, RunWorld, Run> then) {
            world.promptUser = w -> {
                if (w.store.run().state() instanceof RunState.Ready) {
                    w.store.command(run -> run.trials().number() <= switches
                            ? switched(run, run.trials().number() == 1 ? OLDER : OLDEST, w)
                            : then.apply(run, w));
                }
            };
        }

        private static void endWhileSwitching(RunWorld world, UnaryOperator<Run> command) {
            world.beforeEffect = step -> {
                if (step.equals("1.stop-machine.1") && world.store.run().state() instanceof RunState.Switching) {
                    world.store.command(command);
                }
            };
        }
    }

    private static Run switched(Run run, CheckpointId database, RunWorld world) {
        return run.switchPoints(
                "rita", Map.of(Samples.DB, new RecoveryPoint.AtCheckpoint(database)), world.clock.instant());
    }

    /** From the switch on; what comes before is as in runs that never switch. */
    @ParameterizedTest(name = "in the story {0} comes to the same end, and leaves what it should")
    @EnumSource(value = Story.class, mode = EnumSource.Mode.EXCLUDE, names = "SWITCHED_WITH_LOST_ANSWERS")
    void comesToTheSameEnd(Story story) {
        Deaths deaths = new Deaths().from(placesBeforeTheSwitch(story), dieAt -> play(story, dieAt, 1));
        System.out.println(story + ": " + deaths);
        deaths.happenedAround(story.steps).happenedAfter("SWITCHING").happenedAfter(story.end);
    }

    private static int placesBeforeTheSwitch(Story story) {
        List<String> places = play(story, Deaths.NEVER, 1).crash.reached();
        String first = places.stream()
                .filter(place -> place.startsWith("before the commit of SWITCHING"))
                .findFirst()
                .orElseThrow();
        // Where the executor had come to when the command arrived.
        return Math.max(0, places.indexOf(first) - 4);
    }

    @ParameterizedTest(name = "in the story {0} also ends properly in any order of effects")
    @EnumSource(Story.class)
    void endsProperlyInAnyOrderOfEffects(Story story) {
        for (long seed = 1000; seed < 1006; seed++) {
            play(story, Deaths.NEVER, seed);
        }
    }

    /** Switched when the n-th effect begins, for every n: the run is READY at the other point all the same, and nothing is left of the first. */
    @Test
    void getsToTheOtherPointFromWhereverItIsSwitched() {
        Set<String> from = new HashSet<>();
        for (int at = 0; ; at++) {
            RunWorld world = world(Samples.failover(CommitPolicy.COMMIT), Deaths.NEVER, at);
            int[] left = {at};
            String[] place = {""};
            world.beforeEffect = step -> {
                boolean may = world.store.run().state() instanceof RunState.Running;
                if (may && left[0]-- == 0) {
                    place[0] = step;
                    world.store.command(run -> switched(run, OLDER, world));
                }
            };
            Run run = world.runToEnd("switched at effect " + at);
            assertThat(run.committed()).as(place[0]).isTrue();
            leavesWhatItShould(world, run, true, "switched at " + place[0]);
            if (place[0].isEmpty()) {
                break;
            }
            assertThat(world.journals.checkpointsOpen()).containsEntry(Samples.DB, OLDER);
            from.add(place[0]);
        }
        assertThat(from)
                .contains(
                        "1.choose-point.1",
                        "2.take-ownership.2",
                        "1.open-session.1",
                        "1.place-machines",
                        "1.await-machines",
                        "2.start-machine.2");
    }

    @Test
    void tellsEachTrialWithItsPoint() {
        RunWorld world = world(Samples.failover(CommitPolicy.NONE), Deaths.NEVER, 3);
        Story.whenReady(world, 2, (run, w) -> run.commit("rita", w.clock.instant()));
        Run run = world.runToEnd("");

        RunReport report = ReportWriter.of(run, LiveFacts.NONE);
        assertThat(report.trials()).extracting(RunReport.Trial::number).containsExactly(1, 2);
        assertThat(report.trials()).extracting(RunReport.Trial::orderedBy).containsExactly("olga", "rita");
        assertThat(report.trials()).allMatch(RunReport.Trial::recovered);
        assertThat(pointOfDatabase(report.trials().get(0)).pointAskedFor()).isEqualTo("latest");
        assertThat(pointOfDatabase(report.trials().get(1)).checkpointId()).isEqualTo(OLDER.toString());
        assertThat(report.trials().get(1).steps())
                .filteredOn(step -> step.kind().equals("CLOSE_SESSION"))
                .hasSize(3)
                .allMatch(step -> step.state().equals("SUCCEEDED"));
        assertThat(report.groups())
                .flatExtracting(RunReport.Group::members)
                .filteredOn(member -> member.pgId().equals(Samples.DB.toString()))
                .extracting(RunReport.Member::checkpointId)
                .containsExactly(OLDEST.toString());
        assertThat(report.cleanup().sessionsOpened()).isEqualTo(9);
        assertThat(report.cleanup().sessionsClosed()).isEqualTo(6);
    }

    private static RunReport.TrialPoint pointOfDatabase(RunReport.Trial trial) {
        return trial.points().stream()
                .filter(point -> point.pgId().equals(Samples.DB.toString()))
                .findFirst()
                .orElseThrow();
    }

    /** "Latest" of the first trial is not chosen anew: a group that is not named stays where it was. */
    @Test
    void leavesGroupsThatAreNotNamedAtTheirCheckpoint() {
        RunWorld world = world(Samples.failover(CommitPolicy.NONE), Deaths.NEVER, 4);
        Story.whenReady(world, 1, (run, w) -> run.commit("rita", w.clock.instant()));
        Run run = world.runToEnd("");

        CheckpointId latest = new CheckpointId(new UUID(7, Samples.APP_1.value().getLeastSignificantBits()));
        assertThat(run.points())
                .containsEntry(Samples.APP_1, new RecoveryPoint.AtCheckpoint(latest))
                .containsEntry(Samples.DB, new RecoveryPoint.AtCheckpoint(OLDER));
    }

    @Test
    void standsStillWhenWhatServesCannotBeLeftAndGoesOnWhenItCan() {
        RunWorld world = world(Samples.failover(CommitPolicy.NONE), Deaths.NEVER, 5);
        boolean[] deaf = {true};
        world.machines.before = (call, _) -> {
            if (call.equals("stop") && deaf[0]) {
                throw FakeJournals.noAnswer();
            }
        };
        world.user = w -> {
            Run now = w.store.run();
            if (now.state() instanceof RunState.Halted) {
                assertThat(now.failure().orElseThrow().code()).isEqualTo("SWITCH_INCOMPLETE");
                assertThat(w.journals.openNow())
                        .as("no session is closed under a machine")
                        .isEqualTo(ALL);
                assertThat(w.ownerships.away()).isEqualTo(ALL);
                deaf[0] = false;
                w.store.command(run -> run.retry(w.clock.instant()));
            } else if (now.state() instanceof RunState.Ready) {
                w.store.command(run ->
                        run.trials().number() == 1 ? switched(run, OLDER, w) : run.commit("rita", w.clock.instant()));
            }
        };
        Run run = world.runToEnd("");

        assertThat(deaf[0]).isFalse();
        assertThat(run.committed()).isTrue();
        leavesWhatItShould(world, run, true, "");
    }

    private static RunWorld world(Optional<FailoverRules> failover, int dieAt, long seed) {
        RunWorld world = new RunWorld(Samples.poweredRun(failover), new CrashPoints(dieAt), seed);
        world.journals.before = (call, pg) -> {
            if (call.equals("close")
                    && world.store.run().state() instanceof RunState.Switching
                    && world.machines.runs(pg)) {
                throw new AssertionError("a session is closed under a machine of " + pg);
            }
        };
        return world;
    }

    private static RunWorld play(Story story, int dieAt, long seed) {
        RunWorld world = world(story.failover, dieAt, seed);
        story.setUp.accept(world);
        String where = "%s, seed %d, killed at %d".formatted(story, seed, dieAt);
        Run run = world.runToEnd(where);
        where += " (" + (world.crash.died() ? world.crash.reached().getLast() : "never") + ")";
        assertThat(run.state().name()).as(where).isEqualTo(story.end);
        assertThat(run.committed()).as(where).isEqualTo(story.committed());
        // A story that is told by effects may lose its cue to a crash; it never has more.
        assertThat(run.trials().number()).as(where).isBetween(1, story.trials);
        if (!world.crash.died()) {
            assertThat(run.trials().number()).as(where).isEqualTo(story.trials);
        }
        leavesWhatItShould(world, run, story.committed(), where);
        if (story.committed()) {
            assertThat(world.journals.checkpointsOpen().get(Samples.DB))
                    .as(where)
                    .isEqualTo(OLDER);
        }
        return world;
    }

    private static void leavesWhatItShould(RunWorld world, Run run, boolean committed, String where) {
        assertThat(run.steps()).as(where).noneMatch(step -> step.progress().open());
        assertThat(world.machines.machinesRunning())
                .as("machines left, " + where)
                .isEqualTo(committed ? 3 : 0);
        assertThat(world.journals.openNow()).as("sessions left, " + where).isEqualTo(committed ? ALL : Set.of());
        assertThat(world.journals.committed())
                .as("sessions committed, " + where)
                .isEqualTo(committed ? ALL : Set.of());
        assertThat(world.ownerships.away())
                .as("groups that are not their source's, " + where)
                .isEqualTo(committed ? ALL : Set.of());
        for (PgId pg : ALL) {
            assertThat(world.ownerships.count("take " + pg))
                    .as("taken once at most, " + where)
                    .isLessThanOrEqualTo(1);
            assertThat(world.ownerships.count("return " + pg))
                    .as("returned, " + where)
                    .isEqualTo(committed ? 0 : world.ownerships.count("take " + pg));
        }
    }
}
