package io.holdfast.replicationagent.machine.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Begun;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Ended;
import io.holdfast.replicationagent.machine.guest.GuestCommandState.Sent;
import io.holdfast.replicationagent.quiesce.Deadline;
import io.holdfast.replicationagent.quiesce.GuestAgentException;
import io.holdfast.replicationagent.quiesce.GuestAgentException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuestCommandsTest {
    private final AtomicLong nowMs = new AtomicLong(1_000_000);
    private final FakeGuest guest = new FakeGuest();
    private final MemoryGuestCommands store = new MemoryGuestCommands();

    private GuestCommands open(GuestCommandStore in) {
        return new GuestCommands(in, () -> Instant.ofEpochMilli(nowMs.get()), () -> {});
    }

    private static GuestCommand command(String key, int attempt, boolean atMostOnce) {
        return new GuestCommand(key, attempt, "/bin/do", List.of("a b", "$(c)"), Duration.ofSeconds(30), atMostOnce);
    }

    private static void awaits(GuestCommands commands, String what, BooleanSupplier condition) {
        Wait.until(what, condition, commands::told);
    }

    private Ended workToEnd(GuestCommands commands) {
        awaits(commands, "its end", () -> {
            commands.work(guest);
            return commands.told().stream().allMatch(GuestCommandRecord::hasEnded);
        });
        return (Ended) commands.told().getLast().state();
    }

    @Test
    void a_command_sees_its_key_and_attempt_and_is_done_once_however_often_it_is_ordered() {
        try (GuestCommands commands = open(store)) {
            commands.order(command("run-1-hook", 1, false));
            commands.order(command("run-1-hook", 1, false));
            Ended end = workToEnd(commands);
            commands.order(command("run-1-hook", 2, false));
            assertThat(workToEnd(commands)).isEqualTo(end);

            assertThat(end.failure()).isEmpty();
            assertThat(end.output()).isEqualTo("done");
            assertThat(commands.told().getLast().command().attempt())
                    .as("the success counts for the later attempt, too")
                    .isEqualTo(2);
            assertThat(guest.begun).singleElement().satisfies(program -> {
                assertThat(program.arguments()).containsExactly("a b", "$(c)");
                assertThat(program.environment())
                        .containsEntry("HOLDFAST_IDEMPOTENCY_KEY", "run-1-hook")
                        .containsEntry("HOLDFAST_ATTEMPT", "1");
            });
        }
    }

    @Test
    void a_command_that_failed_is_done_again_with_a_greater_attempt_only() {
        guest.ending(_ -> Optional.of(new GuestDoor.End(3, "no\u0007 room\n")));
        try (GuestCommands commands = open(store)) {
            commands.order(command("k", 1, false));
            assertThat(workToEnd(commands)).satisfies(end -> {
                assertThat(end.failure()).contains(AgentError.GUEST_COMMAND_FAILED);
                assertThat(end.message()).isEqualTo("exit code 3");
                assertThat(end.output()).isEqualTo("no  room");
            });
            commands.order(command("k", 1, false));
            workToEnd(commands);
            assertThat(guest.begun).hasSize(1);

            guest.ending(_ -> Optional.of(new GuestDoor.End(0, "")));
            commands.order(command("k", 2, false));
            assertThat(workToEnd(commands).failure()).isEmpty();
            assertThat(guest.begun).hasSize(2);
        }
    }

    /** Remembers everything that was ever stored: what a kill may leave. */
    private final class Dying implements GuestCommandStore {
        private final List<List<GuestCommandRecord>> saved = new ArrayList<>();

        @Override
        public synchronized List<GuestCommandRecord> load() {
            return store.load();
        }

        @Override
        public synchronized void save(List<GuestCommandRecord> commands) {
            saved.add(List.copyOf(commands));
            store.save(commands);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void an_agent_killed_at_any_point_begins_a_command_at_least_or_at_most_once_as_it_was_told(boolean atMostOnce) {
        Dying first = new Dying();
        try (GuestCommands commands = open(first)) {
            commands.order(command("k", 1, atMostOnce));
            workToEnd(commands);
        }
        assertThat(first.saved)
                .extracting(commands -> commands.getFirst().state().getClass().getSimpleName())
                .containsExactly("Ordered", "Sent", "Begun", "Ended");
        for (List<GuestCommandRecord> left : first.saved) {
            for (boolean guestKnows : new boolean[] {true, false}) {
                GuestCommandState state = left.getFirst().state();
                String where = "killed with %s stored, guest knows it: %s".formatted(state, guestKnows);
                FakeGuest after = new FakeGuest();
                MemoryGuestCommands stored = new MemoryGuestCommands();
                stored.save(left);
                if (state instanceof Begun && guestKnows) {
                    beginIn(after);
                }
                Ended end;
                try (GuestCommands commands = open(stored)) {
                    awaits(commands, where, () -> {
                        commands.work(after);
                        return commands.told().getLast().hasEnded();
                    });
                    end = (Ended) commands.told().getLast().state();
                }
                boolean lost = state instanceof Sent || state instanceof Begun && !guestKnows;
                assertThat(end.failure())
                        .as(where)
                        .isEqualTo(
                                lost && atMostOnce
                                        ? Optional.of(AgentError.GUEST_COMMAND_OUTCOME_UNKNOWN)
                                        : Optional.empty());
                assertThat(after.begun).as(where).hasSize(state instanceof Ended || lost && atMostOnce ? 0 : 1);
            }
        }
    }

    /** As the agent did that was killed. */
    private static void beginIn(FakeGuest guest) {
        try {
            guest.begin(command("k", 1, false).program(), Deadline.in(Duration.ofSeconds(60)));
        } catch (GuestAgentException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void a_guest_that_restarts_each_time_is_not_asked_for_ever() {
        guest.ending(_ -> Optional.empty());
        try (GuestCommands commands = open(store)) {
            commands.order(command("k", 1, false));
            awaits(commands, "its end", () -> {
                guest.restart();
                commands.work(guest);
                return commands.told().getLast().hasEnded();
            });
            assertThat(((Ended) commands.told().getLast().state()).failure())
                    .contains(AgentError.GUEST_COMMAND_OUTCOME_UNKNOWN);
            assertThat(guest.begun).hasSize(GuestCommandRun.MAX_SENDINGS);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"GONE", "SILENT", "BROKEN"})
    void a_guest_without_an_agent_is_waited_for_until_the_timeout_and_nothing_was_begun(Kind kind) {
        guest.failing(new GuestAgentException(kind, "nobody there"));
        try (GuestCommands commands = open(store)) {
            commands.order(command("k", 1, true));
            commands.work(guest);
            nowMs.addAndGet(30_001);
            assertThat(workToEnd(commands).failure()).contains(AgentError.GUEST_UNREACHABLE);
            assertThat(guest.begun).isEmpty();
        }
    }

    @Test
    void a_command_that_does_not_end_has_failed_at_its_timeout() {
        guest.ending(_ -> Optional.empty());
        try (GuestCommands commands = open(store)) {
            commands.order(command("k", 1, false));
            awaits(commands, "begun", () -> {
                commands.work(guest);
                return commands.told().getLast().state() instanceof Begun;
            });
            nowMs.addAndGet(30_001);
            assertThat(workToEnd(commands).failure()).contains(AgentError.GUEST_COMMAND_TIMED_OUT);
        }
    }

    @Test
    void what_had_not_ended_with_its_machine_never_will() {
        guest.ending(_ -> Optional.empty());
        try (GuestCommands commands = open(store)) {
            commands.order(command("first", 1, false));
            commands.order(command("second", 1, false));
            awaits(commands, "begun", () -> {
                commands.work(guest);
                return commands.told().getFirst().state() instanceof Begun;
            });
            commands.machineEnded();
            assertThat(commands.told())
                    .extracting(record -> ((Ended) record.state()).failure().orElseThrow())
                    .containsExactly(AgentError.GUEST_COMMAND_OUTCOME_UNKNOWN, AgentError.GUEST_UNREACHABLE);
        }
    }

    @Test
    void orders_are_bounded_and_a_key_names_one_command() {
        try (GuestCommands commands = open(store)) {
            for (int i = 0; i < GuestCommands.MAX_COMMANDS; i++) {
                commands.order(command("k" + i, 1, false));
            }
            assertThat(commands.told()).hasSize(GuestCommands.MAX_TOLD);
            assertRefused(AgentError.TOO_MANY_GUEST_COMMANDS, () -> commands.order(command("more", 1, false)));
            assertRefused(AgentError.COMMAND_MALFORMED, () -> commands.order(command("k1", 1, true)));
        }
        for (String path : List.of("", "bin/do", "x", "C:", "/" + "x".repeat(1_024), "/a\0b")) {
            assertRefused(
                    AgentError.COMMAND_MALFORMED,
                    () -> new GuestCommand("k", 1, path, List.of(), Duration.ofSeconds(1), false));
        }
        assertRefused(
                AgentError.COMMAND_MALFORMED,
                () -> new GuestCommand("k", 0, "/a", List.of(), Duration.ofSeconds(1), false));
        assertRefused(
                AgentError.COMMAND_MALFORMED,
                () -> new GuestCommand("a key", 1, "/a", List.of(), Duration.ofSeconds(1), false));
        assertRefused(
                AgentError.COMMAND_MALFORMED,
                () -> new GuestCommand("k", 1, "/a", List.of(), Duration.ofHours(2), false));
    }

    private static void assertRefused(AgentError code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                .isEqualTo(code));
    }
}
