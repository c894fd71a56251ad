package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.FakeDnsZones.Fate;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordType;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.plan.DnsRecord;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.plan.OnFailure;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.plan.StepRules;
import io.holdfast.recoveryplan.run.FailoverRules.CommitPolicy;
import io.holdfast.recoveryplan.run.RecoveryPoint;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** As {@link MachinesKilledAtAnyPointTest}, with names that lead to what is recovered; messages to their server get lost and come late. */
@DisplayName("A run that leads names elsewhere and whose executor is killed")
class DnsKilledAtAnyPointTest {
    private static final RecordSet FOUR = new RecordSet("paris", "db.example.test", RecordType.A);
    private static final RecordSet SIX = new RecordSet("paris", "db.example.test", RecordType.AAAA);
    private static final RecordSet REHEARSED = new RecordSet("paris", "db.rehearsal.test", RecordType.A);
    private static final RecordValues OLD = new RecordValues(3600, List.of("192.0.2.1"));
    private static final RecordValues NEW = new RecordValues(60, List.of("198.51.100.7"));
    private static final RecordValues NEW_SIX = new RecordValues(60, List.of("2001:db8:0:0:0:0:0:7"));
    private static final RecordValues TESTED = new RecordValues(60, List.of("10.99.0.7"));
    private static final RecordValues THEIRS = new RecordValues(30, List.of("203.0.113.9"));
    private static final CheckpointId OLDER = new CheckpointId(new UUID(7, 0x01d));

    private static final Map<RecordSet, RecordValues> AS_IT_WAS = Map.of(FOUR, OLD);
    private static final Map<RecordSet, RecordValues> RECOVERED = Map.of(FOUR, NEW, SIX, NEW_SIX);

    enum Story {
        COMMITTED("SUCCEEDED", RECOVERED, world -> whenReady(world, (run, w) -> run.commit("rita", w.clock.instant()))),
        RELEASED("RELEASED", RECOVERED, DnsKilledAtAnyPointTest::commitAndRelease),
        ROLLED_BACK("ROLLED_BACK", AS_IT_WAS, DnsKilledAtAnyPointTest::rollBackWhenReady),
        ROLLED_BACK_WITH_LOST_ANSWERS("ROLLED_BACK", AS_IT_WAS, world -> {
            rollBackWhenReady(world);
            int[] count = {0};
            world.zones.fate = () -> count[0]++ % 2 == 0 ? new Fate.AnswerLost() : new Fate.Arrives();
        }),
        ROLLED_BACK_WHILE_AN_UPDATE_IS_ON_ITS_WAY("ROLLED_BACK", AS_IT_WAS, world -> {
            int[] count = {0};
            world.zones.fate = () -> {
                if (count[0]++ > 0) {
                    return new Fate.Arrives();
                }
                world.store.command(run -> run.rollBack("rita", world.clock.instant()));
                return new Fate.Late(Duration.ofSeconds(29));
            };
            rollBackWhenReady(world);
        }),
        CHANGED_BY_SOMEBODY_BEFORE_IT_IS_ROLLED_BACK("ROLLED_BACK", Map.of(FOUR, THEIRS), world -> {
            world.promptUser = w -> {
                if (w.store.run().state() instanceof RunState.Ready) {
                    w.zones.put(FOUR, THEIRS);
                    w.store.command(run -> run.rollBack("rita", w.clock.instant()));
                }
            };
        }),
        SWITCHED_AND_COMMITTED("SUCCEEDED", RECOVERED, world -> {
            whenReady(
                    world,
                    (run, w) -> run.trials().number() == 1 ? switched(run, w) : run.commit("rita", w.clock.instant()));
        }),
        SWITCHED_AND_ROLLED_BACK("ROLLED_BACK", AS_IT_WAS, world -> {
            whenReady(
                    world,
                    (run, w) ->
                            run.trials().number() == 1 ? switched(run, w) : run.rollBack("rita", w.clock.instant()));
        }),
        HALTED_WHILE_THE_SERVER_IS_AWAY_AND_RETRIED("SUCCEEDED", RECOVERED, world -> {
            boolean[] away = {true};
            world.zones.before = () -> {
                if (away[0]) {
                    throw new HoldfastException(DnsError.DNS_UNREACHABLE, "away");
                }
            };
            world.user = w -> {
                if (w.store.run().state() instanceof RunState.Halted halted) {
                    assertThat(halted.failure().code()).isEqualTo("DNS_UNREACHABLE");
                    away[0] = false;
                    w.store.command(run -> run.retry(w.clock.instant()));
                } else if (w.store.run().state() instanceof RunState.Ready) {
                    w.store.command(run -> run.commit("rita", w.clock.instant()));
                }
            };
        });

        final String end;
        final Map<RecordSet, RecordValues> names;
        final Consumer<RunWorld> setUp;

        Story(String end, Map<RecordSet, RecordValues> names, Consumer<RunWorld> setUp) {
            this.end = end;
            this.names = names;
            this.setUp = setUp;
        }
    }

    private static void whenReady(RunWorld world, BiFunction<Run, RunWorld, Run> then) {
        world.promptUser = w -> {
            if (w.store.run().state() instanceof RunState.Ready) {
                w.store.command(run -> then.apply(run, w));
            }
        };
    }

    private static void rollBackWhenReady(RunWorld world) {
        whenReady(world, (run, w) -> run.rollBack("rita", w.clock.instant()));
    }

    private static void commitAndRelease(RunWorld world) {
        world.user = w -> {
            if (w.store.run().state() instanceof RunState.Ready) {
                w.store.command(run -> run.commit("rita", w.clock.instant()));
            } else if (w.store.run().state() instanceof RunState.Succeeded) {
                w.store.command(run -> run.release("rita", w.clock.instant()));
            }
        };
        world.isOver = run -> run.state() instanceof RunState.Released;
    }

    private static Run switched(Run run, RunWorld world) {
        return run.switchPoints(
                "rita", Map.of(Samples.DB, new RecoveryPoint.AtCheckpoint(OLDER)), world.clock.instant());
    }

    private static DnsRecord record(RecordSet set, RecordValues live, Optional<DnsRecord.TestRecord> test) {
        return new DnsRecord(
                set.server(),
                set.name(),
                set.type(),
                Duration.ofSeconds(60),
                Optional.of(Samples.vm(Samples.DB)),
                live.values(),
                test,
                set.equals(FOUR) ? OLD.values() : List.of());
    }

    /** A database that the application behind it finds by its name. */
    private static PlanDefinition plan(Optional<OnFailure> onFailure, Optional<Duration> limit) {
        MachineRules powered = new MachineRules(true, List.of(), Map.of(), Map.of(), false, List.of(), Duration.ZERO);
        StepRules steps = new StepRules(limit, Optional.empty(), Optional.empty(), Optional.empty(), onFailure);
        Procedure named = new Procedure(Optional.empty(), List.of(), List.of(), steps)
                .with(List.of(
                        record(FOUR, NEW, Optional.of(new DnsRecord.TestRecord(REHEARSED.name(), TESTED.values()))),
                        record(SIX, NEW_SIX, Optional.empty())));
        return new PlanDefinition(
                "pair",
                List.of(
                        new RecoveryGroup(
                                "db",
                                List.of(Samples.DB),
                                List.of(),
                                Duration.ZERO,
                                new Readiness.Machines(List.of(), Duration.ofMinutes(10)),
                                powered,
                                named),
                        new RecoveryGroup(
                                "app", List.of(Samples.APP_1), List.of("db"), Duration.ZERO, new Readiness.None())));
    }

    private static RunWorld world(
            Optional<CommitPolicy> failover, Optional<OnFailure> onFailure, int dieAt, long seed) {
        return world(plan(onFailure, Optional.empty()), failover, dieAt, seed);
    }

    private static RunWorld world(PlanDefinition plan, Optional<CommitPolicy> failover, int dieAt, long seed) {
        RunWorld world = new RunWorld(
                Samples.poweredRun(plan, failover.flatMap(Samples::failover)), new CrashPoints(dieAt), seed);
        world.zones.put(FOUR, OLD);
        return world;
    }

    private static RunWorld play(Story story, int dieAt, long seed, BiConsumer<RunWorld, Random> trouble) {
        // The fewer attempts, the fewer places to die at.
        Optional<Duration> limit = story == Story.HALTED_WHILE_THE_SERVER_IS_AWAY_AND_RETRIED
                ? Optional.of(Duration.ofSeconds(15))
                : Optional.empty();
        RunWorld world = world(plan(Optional.empty(), limit), Optional.of(CommitPolicy.NONE), dieAt, seed);
        story.setUp.accept(world);
        trouble.accept(world, new Random(seed));
        world.beforeEffect = step -> {
            if (!(world.store.run().state() instanceof RunState.Running)) {
                // An effect of a dead executor, which comes after everything else.
                return;
            }
            if (step.equals("2.open-session.1")) {
                assertThat(namesNow(world))
                        .as("what depends on the group finds it")
                        .isEqualTo(RECOVERED);
            } else if (step.contains("update-dns")) {
                assertThat(world.machines.machinesRunning())
                        .as("no name leads to what has not answered")
                        .isOne();
            }
        };
        String where = "%s, seed %d, killed at %d".formatted(story, seed, dieAt);
        Run run = world.runToEnd(where);
        world.zones.deliverAll();
        where += " (" + (world.crash.died() ? world.crash.reached().getLast() : "never") + ")";
        assertThat(run.state().name()).as(where).isEqualTo(story.end);
        assertThat(run.steps()).as(where).noneMatch(step -> step.progress().open());
        assertThat(namesNow(world)).as("names, " + where).isEqualTo(story.names);
        return world;
    }

    private static Map<RecordSet, RecordValues> namesNow(RunWorld world) {
        Map<RecordSet, RecordValues> names = new HashMap<>();
        for (RecordSet set : List.of(FOUR, SIX, REHEARSED)) {
            if (!world.zones.now(set).values().isEmpty()) {
                names.put(set, world.zones.now(set));
            }
        }
        return names;
    }

    @ParameterizedTest(name = "in the story {0} comes to the same end, and leaves the names that it should")
    @EnumSource(Story.class)
    void comesToTheSameEnd(Story story) {
        Deaths deaths = Deaths.everywhere(dieAt -> play(story, dieAt, 1, (_, _) -> {}));
        System.out.println(story + ": " + deaths);
        deaths.happenedAround(List.of("1.read-dns.1", "1.update-dns.1")).happenedAfter(story.end);
        if (story.end.equals("ROLLED_BACK")) {
            deaths.happenedAround(List.of("1.restore-dns.1"));
        }
    }

    /** Every message may be lost with its answer, or come up to a minute and a half late; half of the executors die. */
    @ParameterizedTest(name = "in the story {0} leaves them so whatever comes late")
    @EnumSource(
            value = Story.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {
                "ROLLED_BACK_WITH_LOST_ANSWERS",
                "ROLLED_BACK_WHILE_AN_UPDATE_IS_ON_ITS_WAY",
                "HALTED_WHILE_THE_SERVER_IS_AWAY_AND_RETRIED"
            })
    void leavesThemSoWhateverComesLate(Story story) {
        int places = play(story, Deaths.NEVER, 1, (_, _) -> {}).crash.reached().size();
        for (long seed = 1; seed <= 60; seed++) {
            int dieAt = new Random(seed).nextInt(2 * places);
            play(story, dieAt, seed, (world, random) -> {
                world.zones.fate = () -> switch (random.nextInt(4)) {
                    case 0 -> new Fate.AnswerLost();
                    case 1 -> new Fate.Late(Duration.ofMillis(random.nextInt(90_000)));
                    default -> new Fate.Arrives();
                };
                world.zones.ahead = Duration.ofSeconds(random.nextInt(-25, 26));
                // The plan gives the steps a limit; a person tries again.
                Consumer<RunWorld> user = world.user;
                world.user = w -> {
                    if (w.store.run().state() instanceof RunState.Halted) {
                        w.store.command(run -> run.retry(w.clock.instant()));
                    }
                    user.accept(w);
                };
            });
        }
    }

    @Test
    void saysOfANameThatSomebodyHasChangedThatItWasLeft() {
        RunWorld world = play(Story.CHANGED_BY_SOMEBODY_BEFORE_IT_IS_ROLLED_BACK, Deaths.NEVER, 1, (_, _) -> {});

        StepProgress.Done left =
                (StepProgress.Done) world.store.run().step("1.restore-dns.1").progress();
        assertThat(left.result().detail()).contains("NOT restored", "203.0.113.9", "somebody else");
        StepProgress.Done restored =
                (StepProgress.Done) world.store.run().step("1.restore-dns.2").progress();
        assertThat(restored.result().detail()).contains("says nothing again");
    }

    @Test
    void stopsAtANameThatDoesNotSayWhatThePlanExpectsAndLeavesItAlone() {
        RunWorld world = world(Optional.of(CommitPolicy.NONE), Optional.empty(), Deaths.NEVER, 1);
        world.zones.put(FOUR, THEIRS);
        world.user = w -> {
            if (w.store.run().state() instanceof RunState.Halted halted) {
                assertThat(halted.failure().code()).isEqualTo("DNS_RECORD_UNEXPECTED");
                w.store.command(run -> run.rollBack("rita", w.clock.instant()));
            }
        };

        assertThat(world.runToEnd("").state().name()).isEqualTo("ROLLED_BACK");
        assertThat(namesNow(world)).isEqualTo(Map.of(FOUR, THEIRS));
        assertThat(world.zones.changes).doesNotContain(FOUR);
    }

    @Test
    void passesOverANameThatCannotFollowIfThePlanSaysSoAndIsNotRecovered() {
        RunWorld world = world(Optional.of(CommitPolicy.COMMIT), Optional.of(OnFailure.CONTINUE), Deaths.NEVER, 1);
        world.zones.put(FOUR, THEIRS);
        Run run = world.runToEnd("");

        assertThat(run.committed()).isTrue();
        assertThat(run.recovered()).isFalse();
        assertThat(((StepProgress.Failed) run.step("1.update-dns.1").progress())
                        .failure()
                        .code())
                .isEqualTo("DNS_NOT_READ");
        assertThat(namesNow(world)).isEqualTo(Map.of(FOUR, THEIRS, SIX, NEW_SIX));
    }

    @Test
    void touchesInARehearsalOnlyTheNameThatIsForIt() {
        RunWorld world = world(Optional.empty(), Optional.empty(), Deaths.NEVER, 1);
        whenReady(world, (run, w) -> {
            assertThat(namesNow(w)).isEqualTo(Map.of(FOUR, OLD, REHEARSED, TESTED));
            return run.finish("olga", w.clock.instant());
        });

        assertThat(world.runToEnd("").state().name()).isEqualTo("SUCCEEDED");
        assertThat(namesNow(world)).isEqualTo(AS_IT_WAS);
        assertThat(world.zones.changes).containsOnly(REHEARSED);
    }
}
