package io.holdfast.recoveryplan.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.kernel.Lsn;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunEnding;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.SessionAction;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The report of a run")
class ReportWriterTest {
    private static final Instant NOON = Samples.NOON;

    @Test
    void measuresRpoToTheCheckpointAndRtoToTheLastReadiness() {
        RunReport report = ReportWriter.of(ready(Duration.ofSeconds(4)), LiveFacts.NONE);

        // The app's probe passed last; the database's boot delay ended later and does not count.
        assertThat(report.rto()).isEqualTo(Duration.ofSeconds(30));
        assertThat(report.rpo()).isEqualTo(Duration.ofSeconds(4));
        assertThat(report.groups())
                .filteredOn(group -> group.name().equals("cache"))
                .singleElement()
                .satisfies(group -> assertThat(group.rto()).isEqualTo(Duration.ofSeconds(20)));
        assertThat(report.verdict()).isEqualTo(RunReport.Verdict.RECOVERED);
        assertThat(report.complete()).isFalse();
        assertThat(report.cleanup().openSessions()).hasSize(4);
    }

    @Test
    void showsNoNegativeRpoForACheckpointCutAfterTheOrder() {
        assertThat(ReportWriter.of(ready(Duration.ofSeconds(-2)), LiveFacts.NONE)
                        .rpo())
                .isEqualTo(Duration.ZERO);
    }

    @Test
    void leavesOutWhatIsNotKnownRatherThanShowingABetterValue() {
        Run run = ready(Duration.ofSeconds(4));
        Run unknown = run.with(run.step("2.choose-point.1").with(new StepProgress.Active(NOON, 1)));

        RunReport report = ReportWriter.of(unknown, LiveFacts.NONE);

        assertThat(report.rpo()).isNull();
        assertThat(report.rto()).isNull();
        assertThat(report.verdict()).isEqualTo(RunReport.Verdict.UNDECIDED);
    }

    @Test
    void saysWhichSessionsNobodyCouldClose() {
        Run run = ready(Duration.ZERO);
        Failure why = new Failure("DEPENDENCY_UNAVAILABLE", "no answer", true);
        Run given = run.mapSteps(step -> step.action() instanceof SessionAction.CloseSession
                        ? step.with(
                                step.id().startsWith("1.")
                                        ? new StepProgress.Failed(NOON, NOON, 9, why)
                                        : new StepProgress.Done(NOON, NOON, 1, new StepResult.SessionClosed(true)))
                        : step)
                .withState(new RunState.Failed(NOON, why, new RunEnding.Finished("olga")));

        RunReport report = ReportWriter.of(given, LiveFacts.NONE);

        assertThat(report.cleanup().result()).isEqualTo(RunReport.Cleanup.Result.INCOMPLETE);
        assertThat(report.cleanup().sessionsClosed()).isEqualTo(3);
        assertThat(report.cleanup().openSessions()).hasSize(1);
        assertThat(report.verdict())
                .as("recovery worked, although its clean-up did not")
                .isEqualTo(RunReport.Verdict.RECOVERED);
        assertThat(report.error().code()).isEqualTo("DEPENDENCY_UNAVAILABLE");
    }

    /** All forward steps done: sessions at 20 s, probes at 30 s, the delay at 40 s after the order. */
    private static Run ready(Duration checkpointAge) {
        return Samples.run(Samples.shop())
                .withState(new RunState.Ready(NOON.plusSeconds(40)))
                .mapSteps(step -> switch (step.action()) {
                    case SessionAction.ChoosePoint _ ->
                        step.with(done(
                                1,
                                new StepResult.PointChosen(
                                        new ChosenCheckpoint(
                                                CheckpointId.random(), "CRASH", Lsn.of(7), NOON.minus(checkpointAge)),
                                        java.util.Optional.empty())));
                    case SessionAction.Open _ ->
                        step.with(
                                done(20, new StepResult.SessionOpened(new OpenSession(SessionId.random(), List.of()))));
                    case SessionAction.WaitReady _ -> step.with(done(30, new StepResult.ProbePassed(1)));
                    case PauseAction.BootDelay _ -> step.with(done(40, new StepResult.DelayElapsed()));
                    default -> step;
                });
    }

    private static StepProgress done(long seconds, StepResult result) {
        return new StepProgress.Done(NOON, NOON.plusSeconds(seconds), 1, result);
    }
}
