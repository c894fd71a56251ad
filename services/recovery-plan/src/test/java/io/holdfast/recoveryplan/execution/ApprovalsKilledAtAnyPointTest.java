package io.holdfast.recoveryplan.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.Approval;
import io.holdfast.recoveryplan.plan.Procedure;
import io.holdfast.recoveryplan.report.ApprovalLines;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.Approvals;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** As {@link MachinesKilledAtAnyPointTest}, with a person who is asked before the application is recovered. */
@DisplayName("A run that asks for an approval, whose executor is killed,")
class ApprovalsKilledAtAnyPointTest {
    private static final String STEP = "2.await-approval";
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Optional<FailoverRules> FAILOVER = Samples.failover(FailoverRules.CommitPolicy.COMMIT);

    enum Story {
        APPROVED("SUCCEEDED", FAILOVER, Approval.AtLimit.REJECT, "APPROVED", world -> say(world, true)),
        REJECTED("FAILED", Optional.empty(), Approval.AtLimit.APPROVE, "REJECTED", world -> say(world, false)),
        NOBODY_SAYS_ANYTHING("FAILED", Optional.empty(), Approval.AtLimit.REJECT, "REJECTED", _ -> {}),
        THE_LIMIT_APPROVES("SUCCEEDED", Optional.empty(), Approval.AtLimit.APPROVE, "APPROVED", world -> {
            if (world.store.run().state() instanceof RunState.Ready) {
                world.store.command(run -> run.finish("olga", world.clock.instant()));
            }
        }),
        REJECTED_AND_THEN_APPROVED("SUCCEEDED", FAILOVER, Approval.AtLimit.REJECT, "APPROVED", world -> {
            if (world.store.run().state() instanceof RunState.Halted) {
                assertThat(world.store.run().failure().orElseThrow().code()).isEqualTo("APPROVAL_REJECTED");
                world.store.command(run -> run.retry(world.clock.instant()));
            }
            say(world, world.store.run().step(STEP).round() > 0);
        }),
        CANCELLED_MEANWHILE("CANCELLED", Optional.empty(), Approval.AtLimit.REJECT, "NOT_NEEDED", world -> {
            if (!Approvals.waiting(world.store.run()).isEmpty()) {
                world.store.command(run -> run.cancel("olga", world.clock.instant()));
            }
        });

        final String end;
        final Optional<FailoverRules> failover;
        final Approval.AtLimit atLimit;
        final String approval;
        final Consumer<RunWorld> user;

        Story(
                String end,
                Optional<FailoverRules> failover,
                Approval.AtLimit atLimit,
                String approval,
                Consumer<RunWorld> user) {
            this.end = end;
            this.failover = failover;
            this.atLimit = atLimit;
            this.approval = approval;
            this.user = user;
        }

        private static void say(RunWorld world, boolean approved) {
            if (!Approvals.waiting(world.store.run()).isEmpty()) {
                world.store.command(run ->
                        run.decide(STEP, new PauseAction.Word("rita", world.clock.instant(), approved, "I looked")));
            }
        }
    }

    @ParameterizedTest(name = "in the story {0} waits until the same instant and comes to the same end")
    @EnumSource(Story.class)
    void comesToTheSameEnd(Story story) {
        Deaths deaths = Deaths.everywhere(dieAt -> {
            RunWorld world = world(story, dieAt);
            String where = "%s, killed at %d".formatted(story, dieAt);
            Run run = world.runToEnd(where);

            assertThat(run.state().name()).as(where).isEqualTo(story.end);
            assertThat(run.steps()).as(where).noneMatch(step -> step.progress().open());
            Set<PgId> kept = run.committed() ? Set.of(Samples.DB, Samples.APP_1) : Set.of();
            assertThat(world.journals.openNow()).as(where).isEqualTo(kept);
            assertThat(world.journals.committed()).as(where).isEqualTo(kept);
            RunReport.Approval line = ApprovalLines.of(run).getFirst();
            assertThat(line.state()).as(where).isEqualTo(story.approval);
            assertThat(line.until()).isNull();
            return world;
        });
        assertThat(deaths.places())
                .as("the loop really died while the approval was waited for")
                .contains("before the commit of RUNNING, beginning []", "after the commit of RUNNING, beginning []");
    }

    private static RunWorld world(Story story, int dieAt) {
        Procedure asks = new Procedure(Optional.of(new Approval("go live", "look at db first", LIMIT, story.atLimit)));
        RunWorld world =
                new RunWorld(Samples.poweredRun(Samples.pair(asks), story.failover), new CrashPoints(dieAt), 1);
        Map<Integer, Instant> until = new HashMap<>();
        world.beforeEffect = step -> {
            if (step.startsWith("2.open-session")) {
                assertThat(ApprovalLines.of(world.store.run()).getFirst().state())
                        .as("nothing of the group begins before it is approved")
                        .isEqualTo("APPROVED");
            }
        };
        world.user = w -> {
            for (Step step : Approvals.waiting(w.store.run())) {
                Instant now = Approvals.until(step).orElseThrow();
                assertThat(until.computeIfAbsent(step.round(), _ -> now))
                        .as("a death does not move the limit")
                        .isEqualTo(now);
            }
            story.user.accept(w);
        };
        return world;
    }
}
