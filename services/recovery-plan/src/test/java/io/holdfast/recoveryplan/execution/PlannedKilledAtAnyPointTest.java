package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.ReportWriter;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.FailoverRules.CommitPolicy;
import io.holdfast.recoveryplan.run.FailoverRules.OnFailure;
import io.holdfast.recoveryplan.run.FailoverRules.Shutdown;
import io.holdfast.recoveryplan.run.Ownership;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@link MachinesKilledAtAnyPointTest} for PLANNED runs and for what comes after a commit. The fakes refuse what would be wrong at any moment: a session of a group that is not
 * taken, a last checkpoint before the fence, a group that is given back while something of it is there.
 */
@DisplayName("A PLANNED run whose executor is killed")
class PlannedKilledAtAnyPointTest {
    private static final Set<PgId> ALL = Set.of(Samples.DB, Samples.APP_1, Samples.APP_2);
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Optional<Optional<SourceOrders.Answer>> TOO_SLOW =
            Optional.of(Optional.of(new SourceOrders.Answer(false, "SHUTDOWN_TIMED_OUT", "the guest runs")));

    enum Story {
        COMMITTED_AND_RELEASED(
                "RELEASED",
                Story::commitAndRelease,
                "1.shut-down-source.1",
                "2.take-ownership.2",
                "2.await-fence.1",
                "1.final-checkpoint.1",
                "2.choose-point.1",
                "1.stop-replication.1",
                "2.stop-machine.1",
                "1.close-session.1"),
        RELEASED_WITH_LOST_ANSWERS("RELEASED", world -> {
            commitAndRelease(world);
            int[] losses = {9};
            world.machines.after = (call, _) -> {
                if (call.equals("stop") && losses[0]-- > 0) {
                    throw FakeJournals.noAnswer();
                }
            };
        }),
        ROLLED_BACK(
                "ROLLED_BACK",
                world -> when(world, RunState.Ready.class, run -> run.rollBack("rita", world.clock.instant())),
                "1.return-ownership.1",
                "2.return-ownership.2"),
        AN_AGENT_IS_NOT_IN_SYNC_YET(
                "RELEASED",
                world -> {
                    commitAndRelease(world);
                    world.ownerships.checkpointFate = pg ->
                            pg.equals(Samples.DB) && world.ownerships.count("checkpoint " + pg) < 2
                                    ? Optional.of(new Ownerships.CheckpointSeen("FAILED", "NOT_IN_SYNC", "not in sync"))
                                    : Optional.empty();
                },
                "1.final-checkpoint.1"),
        ONE_OF_TWO_AGENTS_IS_SILENT(
                "ROLLED_BACK",
                world -> {
                    world.ownerships.silent.add(Samples.APP_2);
                    whenHalted(world, "FENCE_NOT_CONFIRMED", run -> run.rollBack("rita", world.clock.instant()));
                },
                "2.await-fence.2",
                "2.return-ownership.2"),
        ANSWERS_OF_TAKING_ARE_LOST(
                "ROLLED_BACK",
                world -> {
                    world.ownerships.after = (call, pg) -> {
                        if (call.equals("take") && pg.equals(Samples.APP_1) && isRunning(world)) {
                            throw FakeJournals.noAnswer();
                        }
                    };
                    whenHalted(world, "DEPENDENCY_UNAVAILABLE", run -> run.rollBack("rita", world.clock.instant()));
                },
                "2.take-ownership.1",
                "2.return-ownership.1");

        final String end;
        final Consumer<RunWorld> setUp;
        final List<String> steps;

        Story(String end, Consumer<RunWorld> setUp, String... steps) {
            this.end = end;
            this.setUp = setUp;
            this.steps = List.of(steps);
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
    }

    private static boolean isRunning(RunWorld world) {
        return world.store.run().state() instanceof RunState.Running;
    }

    private static void when(RunWorld world, Class<? extends RunState> state, UnaryOperator<Run> command) {
        world.user = w -> {
            if (state.isInstance(w.store.run().state())) {
                w.store.command(command);
            }
        };
    }

    private static void whenHalted(RunWorld world, String code, UnaryOperator<Run> command) {
        when(world, RunState.Halted.class, run -> {
            assertThat(run.failure().orElseThrow().code()).isEqualTo(code);
            return command.apply(run);
        });
    }

    private static FailoverRules rules(OnFailure onFailure, boolean skip) {
        return new FailoverRules(
                CommitPolicy.NONE, Duration.ofMinutes(60), onFailure, Optional.of(new Shutdown(GRACE, skip)));
    }

    private static RunWorld world(FailoverRules rules, int dieAt, long seed) {
        return new RunWorld(Samples.poweredRun(Optional.of(rules)), new CrashPoints(dieAt), seed);
    }

    @ParameterizedTest(name = "in the story {0} comes to the same end, and leaves what it should")
    @EnumSource(Story.class)
    void comesToTheSameEnd(Story story) {
        Deaths deaths = Deaths.everywhere(dieAt -> {
            RunWorld world = world(rules(OnFailure.STOP, false), dieAt, 1);
            story.setUp.accept(world);
            String where = "%s, killed at %d".formatted(story, dieAt);
            Run run = world.runToEnd(where);
            assertThat(run.state().name()).as(where).isEqualTo(story.end);
            leavesWhatItShould(world, run, where);
            return world;
        });
        System.out.println(story + ": " + deaths);
        deaths.happenedAround(story.steps).happenedAfter(story.end);
    }

    /** Rolled back when the n-th effect begins, for every n: what was taken is returned exactly once, and last. */
    @Test
    void givesEverythingBackFromWhereverItIsRolledBack() {
        Set<String> from = new HashSet<>();
        for (int at = 0; ; at++) {
            RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 1);
            int[] left = {at};
            String[] place = {""};
            world.beforeEffect = step -> {
                if (left[0]-- == 0) {
                    place[0] = step;
                    world.store.command(run -> run.rollBack("rita", world.clock.instant()));
                }
            };
            when(world, RunState.Ready.class, run -> run.rollBack("rita", world.clock.instant()));
            Run run = world.runToEnd("rolled back at effect " + at);
            assertThat(run.state().name()).isEqualTo("ROLLED_BACK");
            leavesWhatItShould(world, run, "rolled back at " + place[0]);
            if (place[0].isEmpty()) {
                break;
            }
            from.add(place[0]);
        }
        assertThat(from)
                .contains(
                        "2.shut-down-source.1",
                        "1.take-ownership.1",
                        "2.take-ownership.2",
                        "1.await-fence.1",
                        "2.final-checkpoint.1",
                        "1.open-session.1",
                        "2.start-machine.2");
    }

    @Test
    void shutsDownInTheReverseOrderOfStartingBeforeAnythingIsTaken() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 3);
        world.ownerships.before = (call, _) -> {
            if (call.equals("take")) {
                assertThat(world.sources.down).hasSize(3);
            }
        };
        Story.commitAndRelease(world);
        world.runToEnd("");

        // APP_1 starts before APP_2, and both behind the database.
        assertThat(world.sources.down)
                .containsExactly(Samples.vm(Samples.APP_2), Samples.vm(Samples.APP_1), Samples.vm(Samples.DB));
    }

    @Test
    void recoversTheCheckpointThatItHasCutBehindTheFenceAndLosesNothing() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 4);
        Story.commitAndRelease(world);
        Run run = world.runToEnd("");

        RunReport report = ReportWriter.of(run, LiveFacts.NONE);
        assertThat(report.groups())
                .flatExtracting(RunReport.Group::members)
                .hasSize(3)
                .allSatisfy(member -> {
                    assertThat(member.loss().time()).isEqualTo(Duration.ZERO);
                    assertThat(member.loss().changes()).isZero();
                    assertThat(member.loss().nothingUnsent()).isTrue();
                    assertThat(member.ownership()).isEqualTo("COMMITTED");
                    assertThat(member.pointAskedFor()).isEqualTo("behind the fence");
                });
        assertThat(report.blackout()).isPositive();
        assertThat(report.groups())
                .allSatisfy(group -> assertThat(group.blackout()).isPositive().isLessThanOrEqualTo(report.blackout()));
        assertThat(report.cleanup().result()).isEqualTo(RunReport.Cleanup.Result.COMPLETE);
        assertThat(report.committed()).isTrue();
    }

    /** The same checkpoint, but nobody has confirmed anything: an UNPLANNED run that chose it loses what it loses. */
    @Test
    void doesNotCallALossNothingThatIsNotProven() {
        RunWorld world = new RunWorld(
                Samples.poweredRun(
                        Optional.of(new FailoverRules(CommitPolicy.COMMIT, Duration.ofMinutes(60), OnFailure.STOP))),
                new CrashPoints(Deaths.NEVER),
                4);
        Run run = world.runToEnd("");

        RunReport.Loss loss = ReportWriter.of(
                        run, new LiveFacts(world.ownerships::words, _ -> Optional.empty(), _ -> Optional.empty()))
                .groups()
                .getFirst()
                .members()
                .getFirst()
                .loss();
        assertThat(loss.nothingUnsent()).isFalse();
        assertThat(loss.time()).isPositive();
        assertThat(Ownership.nothingLost(run, Samples.DB)).isFalse();
    }

    @Test
    void standsStillWhenAVmDoesNotShutDownAndGoesOnWhenItHas() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 5);
        VmId slow = Samples.vm(Samples.APP_1);
        world.sources.fate = vm -> vm.equals(slow) ? TOO_SLOW : Optional.empty();
        commitAfter(world, "SHUTDOWN_TIMED_OUT", run -> {
            assertThat(world.ownerships.log).as("nothing is taken yet").isEmpty();
            world.sources.fate = _ -> Optional.empty();
            return run.retry(world.clock.instant());
        });
        Run run = world.runToEnd("");

        assertThat(run.committed()).isTrue();
        assertThat(world.sources.down).hasSize(3);
    }

    @Test
    void leavesAVmThatDoesNotShutDownToTheFenceIfAPersonSaysSo() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 6);
        VmId slow = Samples.vm(Samples.APP_1);
        world.sources.fate = vm -> vm.equals(slow) ? TOO_SLOW : Optional.empty();
        commitAfter(world, "SHUTDOWN_TIMED_OUT", run -> run.retryWithoutShutdown(world.clock.instant()));
        Run run = world.runToEnd("");

        assertThat(run.committed()).isTrue();
        assertThat(source(run, Samples.APP_1).shutDown()).isEqualTo("LEFT_TO_FENCE");
        assertThat(source(run, Samples.DB).shutDown()).isEqualTo("DOWN");
    }

    @Test
    void asksNobodyToShutDownIfTheOrderSaysSo() {
        RunWorld world = world(rules(OnFailure.STOP, true), Deaths.NEVER, 7);
        Story.commitAndRelease(world);
        Run run = world.runToEnd("");

        assertThat(world.sources.asked).isEmpty();
        assertThat(run.committed()).isTrue();
        assertThat(ReportWriter.of(run, LiveFacts.NONE).blackout()).isPositive();
    }

    @Test
    void standsStillWhenAFenceFailsAndGoesOnWhenItHolds() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 8);
        world.ownerships.unfenceable.add(Samples.DB);
        commitAfter(world, "FENCE_NOT_CONFIRMED", run -> {
            assertThat(run.failure().orElseThrow().message()).contains("'vm-d1'", "QMP_GONE");
            assertThat(source(run, world, Samples.DB).fence()).isEqualTo("FAILED");
            assertThat(source(run, world, Samples.DB).fenceCode()).isEqualTo("QMP_GONE");
            assertThat(world.journals.everOpened()).isEmpty();
            world.ownerships.unfenceable.clear();
            return run.retry(world.clock.instant());
        });
        Run run = world.runToEnd("");

        assertThat(run.committed()).isTrue();
    }

    @Test
    void undoesEverythingByItselfWhenAFenceIsNeverConfirmed() {
        RunWorld world = world(rules(OnFailure.ROLLBACK, false), Deaths.NEVER, 9);
        world.ownerships.silent.add(Samples.APP_2);
        Run run = world.runToEnd("");

        assertThat(run.state().name()).isEqualTo("FAILED");
        assertThat(run.failure().orElseThrow().code()).isEqualTo("FENCE_NOT_CONFIRMED");
        assertThat(run.failure().orElseThrow().message()).contains("'vm-a2' (its agent has said nothing)");
        leavesWhatItShould(world, run, "");
        assertThat(source(run, Samples.DB).toDo()).contains("start it again");
    }

    @Test
    void asksForTheLastCheckpointAgainWhileAnAgentIsNotInSync() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 12);
        world.ownerships.checkpointFate = pg -> pg.equals(Samples.DB) && world.ownerships.count("checkpoint " + pg) < 3
                ? Optional.of(new Ownerships.CheckpointSeen("FAILED", "NOT_IN_SYNC", "a volume is not in sync"))
                : Optional.empty();
        Story.commitAndRelease(world);
        Run run = world.runToEnd("");

        assertThat(run.state().name()).isEqualTo("RELEASED");
        assertThat(world.ownerships.count("checkpoint " + Samples.DB)).isEqualTo(3);
    }

    @Test
    void asksForFewLastCheckpointsUntilItsLimitAndStandsStillThen() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 13);
        world.ownerships.checkpointFate = pg -> pg.equals(Samples.DB)
                ? Optional.of(new Ownerships.CheckpointSeen("FAILED", "NOT_IN_SYNC", "a volume is not in sync"))
                : Optional.empty();
        commitAfter(world, "NOT_IN_SYNC", run -> {
            assertThat(world.ownerships.count("checkpoint " + Samples.DB)).isEqualTo(3);
            world.ownerships.checkpointFate = _ -> Optional.empty();
            return run.retry(world.clock.instant());
        });
        Run run = world.runToEnd("");

        assertThat(run.committed()).isTrue();
    }

    @Test
    void standsStillWhenTheLastCheckpointFailsAndCutsAnotherOneWhenRetried() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 10);
        world.ownerships.checkpointFate = pg -> pg.equals(Samples.DB)
                ? Optional.of(new Ownerships.CheckpointSeen("FAILED", "AGENT_GONE", "an agent is away"))
                : Optional.empty();
        commitAfter(world, "AGENT_GONE", run -> {
            world.ownerships.checkpointFate = _ -> Optional.empty();
            return run.retry(world.clock.instant());
        });
        Run run = world.runToEnd("");

        assertThat(run.committed()).isTrue();
        assertThat(world.ownerships.count("checkpoint " + Samples.DB)).isEqualTo(2);
        assertThat(world.ownerships.count("checkpoint " + Samples.APP_1)).isEqualTo(1);
    }

    @Test
    void refusesAGroupThatIsRemovedWhereAnUnplannedRunLeavesItAlone() {
        RunWorld planned = world(rules(OnFailure.ROLLBACK, false), Deaths.NEVER, 11);
        planned.ownerships.remove(Samples.DB);
        RunWorld unplanned = new RunWorld(
                Samples.poweredRun(
                        Optional.of(new FailoverRules(CommitPolicy.COMMIT, Duration.ofMinutes(60), OnFailure.STOP))),
                new CrashPoints(Deaths.NEVER),
                11);
        unplanned.ownerships.remove(Samples.DB);

        assertThat(planned.runToEnd("").failure().orElseThrow().code()).isEqualTo("GROUP_NOT_PROTECTED");
        Run run = unplanned.runToEnd("");
        assertThat(run.committed()).isTrue();
        assertThat(unplanned.ownerships.log).noneMatch(line -> line.endsWith(Samples.DB.toString()));
        assertThat(SourceLinesOf.ownership(run, Samples.DB)).isEqualTo("LEFT_ALONE");
    }

    /** Its group stays here for good, and the run says that a person has to look; the other groups go home. */
    @Test
    void doesNotGiveAGroupBackWhileOneOfItsMachinesMayRun() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 13);
        when(world, RunState.Ready.class, run -> run.rollBack("rita", world.clock.instant()));
        world.machines.before = (call, machine) -> {
            if (call.equals("stop") && world.machines.isOf(machine, Samples.DB)) {
                throw FakeJournals.noAnswer();
            }
        };
        Run run = world.runToEnd("");

        assertThat(run.state().name()).isEqualTo("FAILED");
        assertThat(run.failure().orElseThrow().code()).isEqualTo("CLEANUP_INCOMPLETE");
        assertThat(run.failure().orElseThrow().message()).contains("1.stop-machine.1", "1.return-ownership.1");
        assertThat(world.ownerships.away()).containsExactly(Samples.DB);
        assertThat(run.steps()).noneMatch(step -> step.progress().open());
    }

    /** A machine that nobody can stop keeps its disks; the release stands still and can be ordered again. */
    @Test
    void doesNotTakeTheDisksAwayFromAMachineThatDoesNotStop() {
        RunWorld world = world(rules(OnFailure.STOP, false), Deaths.NEVER, 12);
        Story.commitAndRelease(world);
        boolean[] deaf = {true};
        world.machines.before = (call, _) -> {
            if (call.equals("stop") && deaf[0]) {
                throw FakeJournals.noAnswer();
            }
        };
        Consumer<RunWorld> release = world.user;
        world.user = w -> {
            if (w.store.run().failure().isPresent()) {
                assertThat(w.store.run().failure().orElseThrow().code()).isEqualTo("RELEASE_INCOMPLETE");
                assertThat(w.store.run().committed()).isTrue();
                assertThat(w.journals.openNow()).isEqualTo(ALL);
                deaf[0] = false;
            }
            release.accept(w);
        };
        Run run = world.runToEnd("");

        assertThat(deaf[0]).isFalse();
        assertThat(run.state().name()).isEqualTo("RELEASED");
        leavesWhatItShould(world, run, "");
    }

    private static void commitAfter(RunWorld world, String code, UnaryOperator<Run> atHalt) {
        world.user = w -> {
            if (w.store.run().state() instanceof RunState.Halted) {
                assertThat(w.store.run().failure().orElseThrow().code()).isEqualTo(code);
                w.store.command(atHalt);
            } else if (w.store.run().state() instanceof RunState.Ready) {
                w.store.command(run -> run.commit("rita", w.clock.instant()));
            }
        };
    }

    private static RunReport.Source source(Run run, PgId pg) {
        return SourceLinesOf.source(run, pg, LiveFacts.NONE);
    }

    private static RunReport.Source source(Run run, RunWorld world, PgId pg) {
        return SourceLinesOf.source(
                run, pg, new LiveFacts(world.ownerships::words, _ -> Optional.empty(), _ -> Optional.empty()));
    }

    /** As the report has it. */
    private static final class SourceLinesOf {
        private static RunReport.Member member(Run run, PgId pg, LiveFacts facts) {
            return ReportWriter.of(run, facts).groups().stream()
                    .flatMap(group -> group.members().stream())
                    .filter(member -> member.pgId().equals(pg.toString()))
                    .findFirst()
                    .orElseThrow();
        }

        private static RunReport.Source source(Run run, PgId pg, LiveFacts facts) {
            return member(run, pg, facts).sources().getFirst();
        }

        private static String ownership(Run run, PgId pg) {
            return member(run, pg, LiveFacts.NONE).ownership();
        }
    }

    private static void leavesWhatItShould(RunWorld world, Run run, String where) {
        String what = where + " (" + (world.crash.died() ? world.crash.reached().getLast() : "never") + ")";
        assertThat(run.steps()).as(what).noneMatch(step -> step.progress().open());
        assertThat(world.machines.machinesRunning())
                .as("machines left, " + what)
                .isZero();
        assertThat(world.journals.openNow()).as("sessions left, " + what).isEmpty();
        assertThat(world.journals.committed())
                .as("sessions committed, " + what)
                .isEqualTo(run.committed() ? ALL : Set.of());
        assertThat(world.ownerships.away())
                .as("groups that are not their source's, " + what)
                .isEqualTo(run.committed() ? ALL : Set.of());
        for (PgId pg : ALL) {
            long taken = world.ownerships.count("take " + pg);
            assertThat(taken).as("taken, " + what).isLessThanOrEqualTo(1);
            assertThat(world.ownerships.count("return " + pg))
                    .as("returned, " + what)
                    .isEqualTo(run.committed() ? 0 : taken);
        }
    }
}
