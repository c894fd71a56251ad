package io.holdfast.recoveryplan.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.execution.RunLimits;
import io.holdfast.recoveryplan.execution.RunScheduler;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state with every event: one row each, so that a new state or event shows up as a missing row. */
@DisplayName("A run")
class RunStateTest {
    private static final Instant NOON = Samples.NOON;
    private static final Failure BOOM = new Failure("BOOM", "it broke", false);
    private static final RunScheduler SCHEDULER = new RunScheduler(new RunLimits(
            3,
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofHours(24),
            4,
            Duration.ofMinutes(5),
            Duration.ofMinutes(10),
            Duration.ofMinutes(2)));

    enum State {
        PENDING,
        RUNNING,
        READY,
        CLEANING_UP_FINISHED,
        CLEANING_UP_CANCELLED,
        CLEANING_UP_EXPIRED,
        CLEANING_UP_BROKEN,
        SUCCEEDED,
        FAILED,
        CANCELLED
    }

    enum Event {
        FINISH(run -> run.finish("olga", NOON)),
        CANCEL(run -> run.cancel("olga", NOON)),
        EXPIRE(run -> SCHEDULER
                .take(run, List.of(), Set.of(), NOON.plus(Duration.ofHours(4)))
                .run());

        final Function<Run, Run> apply;

        Event(Function<Run, Run> apply) {
            this.apply = apply;
        }
    }

    static Stream<Arguments> table() {
        return Stream.of(
                row(State.PENDING, Event.FINISH, "RUN_NOT_READY"),
                row(State.PENDING, Event.CANCEL, "CLEANING_UP"),
                // Nothing was begun, so that clean-up has nothing to do and the run ends in the same turn.
                row(State.PENDING, Event.EXPIRE, "FAILED"),
                row(State.RUNNING, Event.FINISH, "RUN_NOT_READY"),
                row(State.RUNNING, Event.CANCEL, "CLEANING_UP"),
                row(State.RUNNING, Event.EXPIRE, "CLEANING_UP"),
                row(State.READY, Event.FINISH, "CLEANING_UP"),
                row(State.READY, Event.CANCEL, "CLEANING_UP"),
                row(State.READY, Event.EXPIRE, "CLEANING_UP"),
                row(State.CLEANING_UP_FINISHED, Event.FINISH, "same"),
                row(State.CLEANING_UP_FINISHED, Event.CANCEL, "RUN_ENDED"),
                row(State.CLEANING_UP_FINISHED, Event.EXPIRE, "CLEANING_UP"),
                row(State.CLEANING_UP_CANCELLED, Event.FINISH, "RUN_ENDED"),
                row(State.CLEANING_UP_CANCELLED, Event.CANCEL, "same"),
                row(State.CLEANING_UP_CANCELLED, Event.EXPIRE, "CLEANING_UP"),
                row(State.CLEANING_UP_EXPIRED, Event.FINISH, "RUN_ENDED"),
                row(State.CLEANING_UP_EXPIRED, Event.CANCEL, "RUN_ENDED"),
                row(State.CLEANING_UP_EXPIRED, Event.EXPIRE, "CLEANING_UP"),
                row(State.CLEANING_UP_BROKEN, Event.FINISH, "RUN_ENDED"),
                row(State.CLEANING_UP_BROKEN, Event.CANCEL, "RUN_ENDED"),
                row(State.CLEANING_UP_BROKEN, Event.EXPIRE, "CLEANING_UP"),
                row(State.SUCCEEDED, Event.FINISH, "same"),
                row(State.SUCCEEDED, Event.CANCEL, "RUN_ENDED"),
                row(State.SUCCEEDED, Event.EXPIRE, "same"),
                row(State.FAILED, Event.FINISH, "RUN_ENDED"),
                row(State.FAILED, Event.CANCEL, "RUN_ENDED"),
                row(State.FAILED, Event.EXPIRE, "same"),
                row(State.CANCELLED, Event.FINISH, "RUN_ENDED"),
                row(State.CANCELLED, Event.CANCEL, "same"),
                row(State.CANCELLED, Event.EXPIRE, "same"));
    }

    @ParameterizedTest(name = "in {0}, on {1}: {2}")
    @MethodSource("table")
    void answersEveryEventInEveryState(State state, Event event, String expected) {
        Run run = in(state);
        if (expected.equals("same")) {
            assertThat(event.apply.apply(run)).isEqualTo(run);
        } else if (expected.startsWith("RUN_")) {
            assertThatThrownBy(() -> event.apply.apply(run))
                    .isInstanceOfSatisfying(
                            HoldfastException.class,
                            refused -> assertThat(refused.code().name()).isEqualTo(expected));
        } else {
            assertThat(event.apply.apply(run).state().name()).isEqualTo(expected);
        }
    }

    @org.junit.jupiter.api.Test
    void hasARowForEveryPairOfStateAndEvent() {
        assertThat(table().map(row -> row.get()[0] + " " + row.get()[1]).distinct())
                .hasSize(State.values().length * Event.values().length);
    }

    private static Arguments row(State state, Event event, String expected) {
        return Arguments.of(state, event, expected);
    }

    private static Run in(State state) {
        Run pending = Samples.run(Samples.single());
        Run running = SCHEDULER.take(pending, List.of(), Set.of(), NOON).run();
        RunEnding finished = new RunEnding.Finished("olga");
        RunEnding cancelled = new RunEnding.Cancelled("olga");
        Run opened = opened(pending);
        Run ready = opened.withState(new RunState.Ready(NOON));
        return switch (state) {
            case PENDING -> pending;
            // With a session open, so that clean-up has something to do.
            case RUNNING -> opened.withState(running.state());
            case READY -> ready;
            case CLEANING_UP_FINISHED -> ready.finish("olga", NOON);
            case CLEANING_UP_CANCELLED -> ready.cancel("olga", NOON);
            case CLEANING_UP_EXPIRED -> ready.withState(new RunState.CleaningUp(NOON, new RunEnding.Expired()));
            case CLEANING_UP_BROKEN -> ready.withState(new RunState.CleaningUp(NOON, new RunEnding.Broken(BOOM)));
            case SUCCEEDED -> ready.withState(new RunState.Succeeded(NOON, finished));
            case FAILED -> ready.withState(new RunState.Failed(NOON, BOOM, new RunEnding.Broken(BOOM)));
            case CANCELLED -> ready.withState(new RunState.Cancelled(NOON, cancelled));
        };
    }

    private static Run opened(Run run) {
        return run.mapSteps(step -> step.action() instanceof SessionAction.Open
                ? step.with(new StepProgress.Done(
                        NOON,
                        NOON,
                        1,
                        new StepResult.SessionOpened(
                                new OpenSession(io.holdfast.kernel.id.SessionId.random(), List.of()))))
                : step.action().undoes() ? step : step.with(new StepProgress.Skipped(Optional.empty(), NOON, 0, "")));
    }
}
