package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.machine.MachineOrder;
import io.holdfast.recoveryplan.machine.MachineSpec;
import io.holdfast.recoveryplan.plan.NarrowedPlan;
import io.holdfast.recoveryplan.plan.NetworkTarget;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.ReportWriter;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.Part;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunOrder;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link MachinesKilledAtAnyPointTest} for CLONE and MOVE, and for runs of a part of a plan. */
@DisplayName("A CLONE, a MOVE or a part of a plan whose executor is killed")
class OtherModesKilledAtAnyPointTest {
    private static final Set<PgId> ALL = Set.of(Samples.DB, Samples.APP_1, Samples.APP_2);

    enum Story {
        CLONE_RELEASED(
                "SUCCEEDED",
                () -> order(Mode.CLONE, Samples.poweredShop(), Optional.empty()),
                world -> whenReady(world, (run, w) -> {
                    areClones(w, run, 3);
                    w.store.command(ready -> ready.release("rita", w.clock.instant()));
                }),
                Set.of(),
                "2.start-machine.2",
                "1.stop-machine.1",
                "1.close-session.1"),
        CLONE_CANCELLED(
                "CANCELLED",
                () -> order(Mode.CLONE, Samples.poweredShop(), Optional.empty()),
                world -> whenReady(world, (_, w) -> w.store.command(ready -> ready.cancel("rita", w.clock.instant()))),
                Set.of()),
        MOVED("SUCCEEDED", () -> order(Mode.MOVE, Samples.poweredShop(), Optional.empty()), _ -> {}, ALL),
        ONE_VM_TESTED(
                "SUCCEEDED",
                () -> order(Mode.TEST, Samples.poweredShop(), part(Set.of(Samples.APP_2), Map.of())),
                world -> whenReady(world, (run, w) -> {
                    assertThat(w.journals.openNow()).containsExactly(Samples.APP_2);
                    assertThat(w.machines.machinesRunning()).isOne();
                    w.store.command(ready -> ready.finish("olga", w.clock.instant()));
                }),
                Set.of(),
                "1.start-machine.1",
                "1.close-session.1"),
        ONE_VOLUME_CLONED(
                "SUCCEEDED",
                () -> order(Mode.CLONE, Samples.poweredShop(), part(Set.of(), Map.of(Samples.DB, Samples.DB))),
                world -> whenReady(world, (run, w) -> {
                    assertThat(w.journals.openNow()).containsExactly(Samples.DB);
                    assertThat(w.machines.machinesRunning()).isZero();
                    assertThat(run.openSessions().get(Samples.DB).exports()).hasSize(1);
                    w.store.command(ready -> ready.release("rita", w.clock.instant()));
                }),
                Set.of(),
                "1.open-session.1"),
        A_WHOLE_GROUP_FAILED_OVER(
                "SUCCEEDED",
                () -> order(Mode.MOVE, Samples.poweredShop(), part(Set.of(Samples.DB), Map.of())),
                _ -> {},
                Set.of(Samples.DB),
                "1.shut-down-source.1",
                "1.take-ownership.1",
                "1.await-fence.1",
                "1.final-checkpoint.1",
                "1.commit-session.1");

        final String end;
        final Supplier<Run> order;
        final Consumer<RunWorld> setUp;
        final Set<PgId> kept;
        final List<String> steps;

        Story(String end, Supplier<Run> order, Consumer<RunWorld> setUp, Set<PgId> kept, String... steps) {
            this.end = end;
            this.order = order;
            this.setUp = setUp;
            this.kept = kept;
            this.steps = List.of(steps);
        }

        private static void whenReady(RunWorld world, BiConsumer<Run, RunWorld> then) {
            world.user = w -> {
                if (w.store.run().state() instanceof RunState.Ready) {
                    then.accept(w.store.run(), w);
                }
            };
        }
    }

    @ParameterizedTest(name = "in the story {0} comes to the same end, and leaves what it should")
    @EnumSource(Story.class)
    void comesToTheSameEnd(Story story) {
        // Without steps to die at, the story is told once: its like is killed elsewhere.
        Deaths deaths = new Deaths().from(story.steps.isEmpty() ? Deaths.NEVER : 0, dieAt -> {
            RunWorld world = new RunWorld(story.order.get(), new CrashPoints(dieAt), 1);
            world.sources.fate = _ -> Optional.empty();
            story.setUp.accept(world);
            String where = "%s, killed at %d".formatted(story, dieAt);
            Run run = world.runToEnd(where);
            leavesWhatItShould(story, world, run, where);
            if (!world.crash.died()) {
                tells(story, run);
            }
            return world;
        });
        deaths.happenedAround(story.steps);
    }

    private static void leavesWhatItShould(Story story, RunWorld world, Run run, String where) {
        assertThat(run.state().name()).as(where).isEqualTo(story.end);
        assertThat(run.steps()).as(where).noneMatch(step -> step.progress().open());
        assertThat(world.machines.machinesRunning()).as(where).isEqualTo(story.kept.size());
        assertThat(world.journals.openNow()).as(where).isEqualTo(story.kept);
        assertThat(world.journals.committed()).as(where).isEqualTo(story.kept);
        assertThat(world.ownerships.away()).as(where).isEqualTo(story.kept);
        assertThat(world.journals.marks()).as(where).isEmpty();
        assertThat(world.sources.down).as(where).hasSize(story.kept.size());
    }

    private static void tells(Story story, Run run) {
        RunReport report = ReportWriter.of(run, LiveFacts.NONE);
        if (run.order().part().isPresent()) {
            assertThat(report.part()).isNotNull();
            assertThat(report.groups())
                    .as("nothing is said of what was left out")
                    .hasSize(1);
        }
        if (run.order().mode() == Mode.MOVE) {
            assertThat(run.committed()).isTrue();
            assertThat(report.endedBy()).isEqualTo("policy");
            assertThat(report.groups())
                    .flatExtracting(RunReport.Group::members)
                    .flatExtracting(RunReport.Member::sources)
                    .hasSize(story.kept.size())
                    .allSatisfy(source -> assertThat(source.toDo()).contains("keeps its disks"));
        }
    }

    private static void areClones(RunWorld world, Run run, int machines) {
        List<MachineOrder> orders = world.machines.ordersRunning();
        assertThat(orders).hasSize(machines);
        Set<String> macs = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (MachineOrder order : orders) {
            MachineSpec.Nic nic = order.placement().machine().spec().nics().getFirst();
            MachineSpec.Nic original =
                    Samples.machines(Samples.DB).getFirst().spec().nics().getFirst();
            macs.add(nic.mac());
            names.add(order.placement().machine().name());
            assertThat(nic.mac()).isNotEqualTo(original.mac()).matches("[0-9a-f][26ae](:[0-9a-f]{2}){5}");
            assertThat(order.placement().machine().name())
                    .endsWith("-clone-" + run.id().toString().substring(0, 8));
            assertThat(order.expiresAt()).as("it stays").isEmpty();
            assertThat(order.links().values()).allMatch(NetworkTarget.Isolated.class::isInstance);
        }
        assertThat(macs).hasSize(machines);
        assertThat(names).hasSize(machines);
    }

    private static Optional<Part> part(Set<PgId> vmsOf, Map<PgId, PgId> volumesOf) {
        return Optional.of(new Part(
                vmsOf.stream().map(Samples::vm).collect(Collectors.toSet()),
                volumesOf.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> Set.of(Samples.volume(entry.getValue()))))));
    }

    /** As {@code RunOrders} makes it. */
    private static Run order(Mode mode, PlanDefinition plan, Optional<Part> part) {
        Run whole = Samples.poweredRun(plan, Optional.empty());
        Set<PgId> kept = plan.pgIds().stream()
                .filter(pg -> part.map(only -> only.touches(pg, whole.order().vmsOf(pg)))
                        .orElse(true))
                .collect(Collectors.toSet());
        return Run.ordered(new RunOrder(
                RunId.random(),
                PlanId.random(),
                3,
                NarrowedPlan.of(plan, kept),
                mode,
                whole.order().points(),
                "olga",
                Samples.NOON,
                mode == Mode.TEST ? whole.order().expiresAt() : Optional.empty(),
                kept.stream()
                        .filter(pg -> part.map(
                                        only -> only.hasAll(pg, whole.order().vmsOf(pg)))
                                .orElse(true))
                        .collect(Collectors.toMap(pg -> pg, pg -> whole.order().vmsOf(pg))),
                mode.isFailover()
                        ? Optional.of(new FailoverRules(
                                FailoverRules.CommitPolicy.COMMIT,
                                Duration.ZERO,
                                FailoverRules.OnFailure.STOP,
                                Optional.of(new FailoverRules.Shutdown(Duration.ofSeconds(30), false))))
                        : Optional.empty(),
                part));
    }
}
