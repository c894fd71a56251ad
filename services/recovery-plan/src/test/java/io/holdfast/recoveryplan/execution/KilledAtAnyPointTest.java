package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.ReportWriter;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Invariant 9: a run can be resumed after a crash at any step. Each story is played once for every place at which the executor can die (before and after each effect,
 * before and after each commit, around the lease), restarted, and compared with the end that the story has to have.
 */
@DisplayName("A run whose executor is killed")
class KilledAtAnyPointTest {
    private static final int SEEDS = 3;

    enum Story {
        FINISHED("SUCCEEDED", RunReport.Verdict.RECOVERED, world -> world.user = Story::finishWhenReady),
        EXPIRED("SUCCEEDED", RunReport.Verdict.RECOVERED, world -> {}),
        CANCELLED_IN_THE_MIDDLE("CANCELLED", RunReport.Verdict.NOT_RECOVERED, world -> {
            // The order to stop arrives while a session of the last group is being opened.
            world.journals.after = (call, pg) -> {
                if (call.equals("open")
                        && pg.equals(Samples.APP_1)
                        && world.store.run().state() instanceof RunState.Live) {
                    world.store.command(run -> run.cancel("olga", world.clock.instant()));
                }
            };
        }),
        CANCELLED_WHEN_READY(
                "CANCELLED",
                RunReport.Verdict.RECOVERED,
                world -> world.user = w -> {
                    if (w.store.run().state() instanceof RunState.Ready) {
                        w.store.command(run -> run.cancel("olga", w.clock.instant()));
                    }
                }),
        REFUSED_BY_THE_JOURNAL(
                "FAILED",
                RunReport.Verdict.NOT_RECOVERED,
                world -> world.journals.before = (call, pg) -> {
                    if (call.equals("open") && pg.equals(Samples.APP_2)) {
                        throw new HoldfastException(Foreign.CHECKPOINT_EXPIRED, "the checkpoint left the window");
                    }
                }),
        NEVER_READY(
                "FAILED",
                RunReport.Verdict.NOT_RECOVERED,
                world -> world.probe = _ -> {
                    throw new HoldfastException(Foreign.EXPORT_NOT_READY, "the export cannot be read");
                }),
        ANSWERS_LOST(
                "FAILED",
                RunReport.Verdict.NOT_RECOVERED,
                world -> world.journals.after = (call, pg) -> {
                    // Sessions of this group are opened and nobody hears of it, until the run cleans up.
                    if (call.equals("open")
                            && pg.equals(Samples.APP_1)
                            && world.store.run().state() instanceof RunState.Live) {
                        throw FakeJournals.noAnswer();
                    }
                }),
        SLOW_TO_CLOSE("SUCCEEDED", RunReport.Verdict.RECOVERED, world -> {
            world.user = Story::finishWhenReady;
            int[] refusals = {6};
            world.journals.before = (call, _) -> {
                if (call.equals("close") && refusals[0]-- > 0) {
                    throw FakeJournals.noAnswer();
                }
            };
        });

        final String end;
        final RunReport.Verdict verdict;
        final Consumer<RunWorld> setUp;

        Story(String end, RunReport.Verdict verdict, Consumer<RunWorld> setUp) {
            this.end = end;
            this.verdict = verdict;
            this.setUp = setUp;
        }

        private static void finishWhenReady(RunWorld world) {
            if (world.store.run().state() instanceof RunState.Ready) {
                world.store.command(run -> run.finish("olga", world.clock.instant()));
            }
        }
    }

    private enum Foreign implements ErrorCode {
        CHECKPOINT_EXPIRED(Blame.CONFLICT),
        EXPORT_NOT_READY(Blame.UNAVAILABLE);

        private final Blame blame;

        Foreign(Blame blame) {
            this.blame = blame;
        }

        @Override
        public Blame blame() {
            return blame;
        }
    }

    @ParameterizedTest(name = "in the story {0} comes to the same end, and no session outlives it")
    @EnumSource(Story.class)
    void comesToTheSameEnd(Story story) {
        Deaths deaths = new Deaths();
        for (int seed = 1; seed <= SEEDS; seed++) {
            long order = seed;
            deaths.from(0, dieAt -> play(story, dieAt, order));
        }
        System.out.println(story + ": " + deaths);
        deaths.happenedAround(List.of("1.open-session.1", "1.close-session.1")).happenedAfter(story.end);
        assertThat(deaths.places())
                .as("the loop really died around effects and commits of every kind")
                .contains("before the lease is taken", "after the lease was given back")
                .anyMatch(place -> place.startsWith("before the commit of CLEANING_UP"));
    }

    @ParameterizedTest(name = "in the story {0} also ends properly in any order of effects")
    @EnumSource(Story.class)
    void endsProperlyInAnyOrderOfEffects(Story story) {
        for (long seed = 1000; seed < 1060; seed++) {
            play(story, Deaths.NEVER, seed);
        }
    }

    private static RunWorld play(Story story, int dieAt, long seed) {
        Run ordered = Samples.run(Samples.shop(), Samples.NOON, Duration.ofMinutes(10));
        RunWorld world = new RunWorld(ordered, new CrashPoints(dieAt), seed);
        story.setUp.accept(world);
        String where = "%s, seed %d, killed at %d".formatted(story, seed, dieAt);

        Run run = world.runToEnd(where);

        where += " (" + (world.crash.died() ? world.crash.reached().getLast() : "never") + ")";
        assertThat(run.state().name()).as(where).isEqualTo(story.end);
        assertThat(world.journals.openNow()).as("sessions left open, " + where).isEmpty();
        assertThat(world.journals.sessionsOpened())
                .as("one session for each protection group at most, " + where)
                .isEqualTo(world.journals.everOpened().size());
        assertThat(run.steps()).as(where).noneMatch(step -> step.progress().open());
        assertThat(world.store.events)
                .as("each state is announced once, " + where)
                .doesNotHaveDuplicates();
        RunReport report = ReportWriter.of(run, LiveFacts.NONE);
        assertThat(report.complete()).as(where).isTrue();
        assertThat(report.verdict()).as(where).isEqualTo(story.verdict);
        assertThat(report.cleanup().result()).as(where).isEqualTo(RunReport.Cleanup.Result.COMPLETE);
        assertThat(run.steps().stream().map(Step::id)).as(where).doesNotHaveDuplicates();
        return world;
    }
}
