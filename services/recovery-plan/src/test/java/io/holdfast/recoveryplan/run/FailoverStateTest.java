package io.holdfast.recoveryplan.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.run.FailoverRules.CommitPolicy;
import io.holdfast.recoveryplan.run.FailoverRules.OnFailure;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state of a failover with every command: one row each. */
@DisplayName("An UNPLANNED run")
class FailoverStateTest {
    private static final Instant NOON = Samples.NOON;
    private static final Failure REFUSED = new Failure("HISTORY_IN_USE", "no", false);
    private static final Failure SILENT = new Failure("DEPENDENCY_UNAVAILABLE", "no answer", true);

    enum State {
        PENDING,
        RUNNING,
        READY,
        HALTED,
        HALTED_BY_A_REFUSED_COMMIT,
        HALTED_BY_A_SILENT_COMMIT,
        COMMITTING,
        COMMITTING_WITH_ONE_UNDER_WAY,
        CLEANING_UP,
        COMMITTED,
        RELEASING,
        NOT_RELEASED,
        RELEASED,
        ROLLED_BACK,
        FAILED
    }

    enum Command {
        COMMIT(run -> run.commit("rita", NOON)),
        ROLLBACK(run -> run.rollBack("rita", NOON)),
        RETRY(run -> run.retry(NOON)),
        RELEASE(run -> run.release("rita", NOON)),
        FINISH(run -> run.finish("rita", NOON)),
        CANCEL(run -> run.cancel("rita", NOON));

        final Function<Run, Run> apply;

        Command(Function<Run, Run> apply) {
            this.apply = apply;
        }
    }

    static Stream<Arguments> table() {
        return Stream.of(
                        rows(State.PENDING, "RUN_NOT_READY", "CLEANING_UP", "RUN_NOT_HALTED", "RUN_NOT_COMMITTED"),
                        rows(State.RUNNING, "RUN_NOT_READY", "CLEANING_UP", "RUN_NOT_HALTED", "RUN_NOT_COMMITTED"),
                        rows(State.READY, "COMMITTING", "CLEANING_UP", "RUN_NOT_HALTED", "RUN_NOT_COMMITTED"),
                        rows(State.HALTED, "RUN_NOT_READY", "CLEANING_UP", "RUNNING", "RUN_NOT_COMMITTED"),
                        rows(
                                State.HALTED_BY_A_REFUSED_COMMIT,
                                "RUN_NOT_READY",
                                "CLEANING_UP",
                                "COMMITTING",
                                "RUN_NOT_COMMITTED"),
                        rows(
                                State.HALTED_BY_A_SILENT_COMMIT,
                                "RUN_NOT_READY",
                                "COMMIT_UNDER_WAY",
                                "COMMITTING",
                                "RUN_NOT_COMMITTED"),
                        rows(State.COMMITTING, "same", "CLEANING_UP", "RUN_NOT_HALTED", "RUN_NOT_COMMITTED"),
                        rows(
                                State.COMMITTING_WITH_ONE_UNDER_WAY,
                                "same",
                                "COMMIT_UNDER_WAY",
                                "RUN_NOT_HALTED",
                                "RUN_NOT_COMMITTED"),
                        rows(State.CLEANING_UP, "RUN_ENDED", "same", "RUN_NOT_HALTED", "RUN_NOT_COMMITTED"),
                        rows(State.COMMITTED, "same", "RUN_ENDED", "RUN_NOT_HALTED", "RELEASING"),
                        rows(State.RELEASING, "same", "RUN_ENDED", "RUN_NOT_HALTED", "same"),
                        rows(State.NOT_RELEASED, "same", "RUN_ENDED", "RUN_NOT_HALTED", "RELEASING"),
                        rows(State.RELEASED, "same", "RUN_ENDED", "RUN_NOT_HALTED", "same"),
                        rows(State.ROLLED_BACK, "RUN_ENDED", "same", "RUN_NOT_HALTED", "RUN_NOT_COMMITTED"),
                        rows(State.FAILED, "RUN_ENDED", "RUN_ENDED", "RUN_NOT_HALTED", "RUN_NOT_COMMITTED"))
                .flatMap(Function.identity());
    }

    /** Finish and cancel are for tests, whatever the state. */
    private static Stream<Arguments> rows(State state, String commit, String rollback, String retry, String release) {
        return Stream.of(
                Arguments.of(state, Command.COMMIT, commit),
                Arguments.of(state, Command.ROLLBACK, rollback),
                Arguments.of(state, Command.RETRY, retry),
                Arguments.of(state, Command.RELEASE, release),
                Arguments.of(state, Command.FINISH, "COMMAND_NOT_OF_MODE"),
                Arguments.of(state, Command.CANCEL, "COMMAND_NOT_OF_MODE"));
    }

    @ParameterizedTest(name = "in {0}, on {1}: {2}")
    @MethodSource("table")
    void answersEveryCommandInEveryState(State state, Command command, String expected) {
        Run run = in(state);
        if (expected.equals("same")) {
            assertThat(command.apply.apply(run)).isEqualTo(run);
        } else if (expected.contains("RUN_") || expected.startsWith("COMMIT_") || expected.startsWith("COMMAND_")) {
            assertThatThrownBy(() -> command.apply.apply(run))
                    .isInstanceOfSatisfying(
                            HoldfastException.class,
                            refused -> assertThat(refused.code().name()).isEqualTo(expected));
        } else {
            assertThat(command.apply.apply(run).state().name()).isEqualTo(expected);
        }
    }

    @Test
    void hasARowForEveryPairOfStateAndCommand() {
        assertThat(table().map(row -> row.get()[0] + " " + row.get()[1]).distinct())
                .hasSize(State.values().length * Command.values().length);
    }

    @Test
    void triesTheFailedStepsOfAHaltedRunAnewInAnotherRound() {
        Run retried = in(State.HALTED).retry(NOON);

        assertThat(retried.step("1.start-machine.1").progress()).isEqualTo(new StepProgress.Waiting());
        assertThat(Machines.id(retried, "1.start-machine.1", 0))
                .isNotEqualTo(Machines.id(retried, "1.start-machine.1", 1));
        assertThat(retried.step("1.start-machine.1").round()).isEqualTo(1);
        assertThat(retried.step("2.start-machine.1").round()).isZero();
    }

    @Test
    void doesNotLetTheLimitsOfWaitingStepsRunDownWhileItIsHalted() {
        Instant later = NOON.plus(Duration.ofHours(5));
        Run halted = in(State.HALTED);
        Step waiting =
                halted.step("1.take-ownership.1").with(new StepProgress.RetryDue(NOON, 3, NOON.plusSeconds(1), SILENT));

        Run retried = halted.with(waiting).retry(later);

        assertThat(retried.step("1.take-ownership.1").progress())
                .isEqualTo(new StepProgress.RetryDue(later, 3, later, SILENT));
        assertThat(retried.step("1.take-ownership.1").round()).isZero();
    }

    private static Run in(State state) {
        Run pending = Samples.poweredRun(
                Optional.of(new FailoverRules(CommitPolicy.NONE, Duration.ofMinutes(60), OnFailure.STOP)));
        Run ready = pending.withState(new RunState.Ready(NOON));
        RunEnding rolledBack = new RunEnding.RolledBack("rita");
        Optional<String> rita = Optional.of("rita");
        return switch (state) {
            case PENDING -> pending;
            case RUNNING -> pending.withState(new RunState.Running(NOON));
            case READY -> ready;
            case HALTED ->
                failed(pending, "1.start-machine.1", REFUSED)
                        .withState(new RunState.Halted(NOON, "1.start-machine.1", REFUSED, Optional.empty()));
            case HALTED_BY_A_REFUSED_COMMIT ->
                failed(ready, "1.commit-session.1", REFUSED)
                        .withState(new RunState.Halted(NOON, "1.commit-session.1", REFUSED, rita));
            case HALTED_BY_A_SILENT_COMMIT ->
                failed(ready, "1.commit-session.1", SILENT)
                        .withState(new RunState.Halted(NOON, "1.commit-session.1", SILENT, rita));
            case COMMITTING -> ready.withState(new RunState.Committing(NOON, "rita"));
            case COMMITTING_WITH_ONE_UNDER_WAY ->
                ready.withState(new RunState.Committing(NOON, "rita"))
                        .with(ready.step("2.commit-session.1").with(new StepProgress.Active(NOON, 1)));
            case CLEANING_UP -> ready.rollBack("rita", NOON);
            case COMMITTED -> ready.withState(new RunState.Succeeded(NOON, new RunEnding.Committed("rita")));
            case RELEASING -> ready.withState(new RunState.Releasing(NOON, "olga", "rita"));
            case NOT_RELEASED ->
                ready.withState(new RunState.Succeeded(NOON, new RunEnding.NotReleased("rita", SILENT)));
            case RELEASED -> ready.withState(new RunState.Released(NOON, new RunEnding.Released("olga", "rita")));
            case ROLLED_BACK -> ready.withState(new RunState.RolledBack(NOON, rolledBack));
            case FAILED -> ready.withState(new RunState.Failed(NOON, REFUSED, new RunEnding.Broken(REFUSED)));
        };
    }

    private static Run failed(Run run, String step, Failure failure) {
        return run.with(run.step(step).with(new StepProgress.Failed(NOON, NOON, 1, failure)));
    }
}
