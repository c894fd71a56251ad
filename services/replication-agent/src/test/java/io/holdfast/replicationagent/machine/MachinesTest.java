package io.holdfast.replicationagent.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.fixture.Wait;
import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import io.holdfast.replicationagent.machine.MachineState.Failed;
import io.holdfast.replicationagent.machine.MachineState.Ordered;
import io.holdfast.replicationagent.machine.MachineState.Released;
import io.holdfast.replicationagent.machine.MachineState.Running;
import io.holdfast.replicationagent.machine.MachineState.Stopping;
import io.holdfast.replicationagent.machine.guest.GuestCommandStore;
import io.holdfast.replicationagent.machine.guest.MemoryGuestCommands;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The tables of docs/machines.md, with machines in memory. */
class MachinesTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final FakeRunner runner = new FakeRunner();
    private final Networks networks = new Networks();
    private final Store store = new Store();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final AtomicInteger changes = new AtomicInteger();
    private volatile Optional<String> networkProbe = Optional.of("no answer");
    private Machines machines = open();

    private Machines open() {
        Machines opened = new Machines(
                new MachineTools(runner, networks, store, (_, _) -> networkProbe, now::get), DataSize.ofMiB(256));
        opened.observe(changes::incrementAndGet);
        opened.restore();
        return opened;
    }

    private void reopen() {
        machines.close();
        machines = open();
    }

    @AfterEach
    void end() {
        machines.close();
    }

    // ---- decision table ------------------------------------------------------------------------------------------

    @Test
    void an_order_is_stored_carried_out_and_ready_without_probes() {
        MachineOrder order = started();
        assertThat(store.records.get(order.id()).state()).isInstanceOf(Running.class);
        assertThat(runner.guests.get(order.id()).released).isTrue();
        assertThat(networks.connected).contains(order.id());
        assertThat(networks.made).containsExactlyElementsOf(order.isolatedNetworks());
        assertThat(machines.capacity().memoryUsedBytes()).isEqualTo(64L << 20);
    }

    @Test
    void the_same_order_again_changes_nothing_in_any_state() {
        MachineOrder order = started();
        machines.start(order);
        runner.guests.get(order.id()).end = "it panicked";
        awaitState(order, Failed.class);
        machines.start(order);

        assertThat(state(order)).isInstanceOf(Failed.class);
        assertThat(runner.started).hasValue(1);
    }

    @Test
    void another_order_under_the_id_is_refused() {
        MachineOrder order = started();
        assertRefused(Orders.expiring(order, 1), AgentError.MACHINE_DIFFERS);
        assertThat(state(order)).isInstanceOf(Running.class);
    }

    // ---- pictures of displays ------------------------------------------------------------------------------------

    @Test
    void a_machine_that_becomes_ready_has_been_pictured_when_that_is_told() {
        AtomicReference<List<Screen>> whenTold = new AtomicReference<>();
        machines.observe(() -> {
            if (machines.views().stream()
                    .anyMatch(view -> view.state() instanceof Running running && running.readyAtMicros() != 0)) {
                whenTold.compareAndSet(null, machines.screens(0));
            }
        });
        MachineOrder order = started();
        Wait.until("told as ready", () -> whenTold.get() != null, machines::views);

        assertThat(whenTold.get()).singleElement().satisfies(screen -> {
            assertThat(screen.moment()).isEqualTo(Screen.Moment.READY);
            assertThat(screen.machine()).isEqualTo(order.id());
        });
        stop(order);
        assertThat(machines.screens(whenTold.get().getFirst().number()))
                .as("of a ready machine's end there is nothing to see")
                .isEmpty();
    }

    @Test
    void a_machine_that_ends_by_itself_is_pictured_before_nothing_of_it_is_left() {
        MachineOrder order = started();
        long before = machines.screens(0).getLast().number();
        runner.guests.get(order.id()).end = "it panicked";
        awaitState(order, Failed.class);

        assertThat(machines.screens(before)).extracting(Screen::moment).containsExactly(Screen.Moment.ENDED);
    }

    @Test
    void refused_orders_leave_nothing_behind() {
        runner.refusal = "program";
        assertRefused(Orders.order(), AgentError.ADAPTER_MISSING);
        runner.refusal = "";
        assertRefused(Orders.order(RunId.random(), 257, new NbdAddress("h", 1, "d")), AgentError.NOT_ENOUGH_MEMORY);
        networks.unknown = true;
        assertRefused(Orders.order(), AgentError.NETWORK_UNKNOWN);

        assertThat(store.records).isEmpty();
        assertThat(machines.views()).isEmpty();
        assertThat(runner.started).hasValue(0);
    }

    @Test
    void memory_and_number_of_machines_are_bounded_and_free_again_afterwards() {
        List<MachineOrder> orders = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            orders.add(started());
        }
        assertRefused(Orders.order(), AgentError.NOT_ENOUGH_MEMORY);
        stop(orders.getFirst());
        started();

        machines.close();
        store.records.clear();
        for (int i = 0; i < Machines.MAX_MACHINES; i++) {
            MachineOrder failed = Orders.order();
            store.save(new MachineRecord(failed, new Failed(1, AgentError.MACHINE_ENDED, "over", 0)));
        }
        machines = open();
        assertRefused(Orders.order(), AgentError.TOO_MANY_MACHINES);
    }

    @Test
    void stopping_asks_the_guest_first_and_leaves_nothing() {
        MachineOrder order = started();
        FakeRunner.Guest guest = runner.guests.get(order.id());
        machines.stop(order.id(), LONG);
        awaitGone(order);
        assertThat(guest.askedToShutDown).isTrue();
        assertNothingLeft(order);
    }

    @Test
    void a_guest_that_does_not_listen_loses_its_power_at_the_end_of_the_grace_time() {
        runner.shutsDownWhenAsked = false;
        MachineOrder order = started();
        FakeRunner.Guest guest = runner.guests.get(order.id());
        machines.stop(order.id(), LONG);
        Wait.until("asked", () -> guest.askedToShutDown, machines::views);
        assertThat(state(order)).isInstanceOf(Stopping.class);
        assertThat(runner.guests).containsKey(order.id());

        now.updateAndGet(instant -> instant.plus(LONG));
        awaitGone(order);
        assertNothingLeft(order);
    }

    @Test
    void of_two_orders_to_stop_the_sooner_one_counts() {
        runner.shutsDownWhenAsked = false;
        MachineOrder order = started();
        machines.stop(order.id(), LONG);
        machines.stop(order.id(), Duration.ZERO);
        awaitGone(order);
    }

    @Test
    void stopping_a_machine_that_nobody_knows_is_a_success_and_a_grace_without_end_is_none() {
        machines.stop(new MachineId("unheard-of"), Duration.ZERO);
        assertThatThrownBy(() -> machines.stop(new MachineId("unheard-of"), LONG.plusMillis(1)))
                .isInstanceOf(HoldfastException.class)
                .hasMessageContaining("600000");
    }

    @Test
    void a_machine_is_forgotten_when_its_time_is_over() {
        long at = now.get().plusSeconds(60).toEpochMilli() * 1_000;
        MachineOrder order = Orders.expiring(Orders.order(), at);
        machines.start(order);
        awaitState(order, Running.class);
        now.updateAndGet(instant -> instant.plusSeconds(60));
        awaitGone(order);
        assertNothingLeft(order);
    }

    // ---- networks ------------------------------------------------------------------------------------------------

    @Test
    void an_isolated_network_lasts_as_long_as_the_last_machine_of_its_run() {
        RunId run = RunId.random();
        MachineOrder first = started(Orders.order(run, 16, new NbdAddress("h", 1, "d")));
        MachineOrder second = started(Orders.order(run, 16, new NbdAddress("h", 1, "d")));
        MachineOrder other = started(Orders.order(RunId.random(), 16, new NbdAddress("h", 1, "d")));
        assertThat(networks.made).hasSize(2);

        stop(first);
        assertThat(networks.made).containsAll(second.isolatedNetworks());
        runner.guests.get(second.id()).end = "off";
        awaitState(second, Failed.class);
        assertThat(networks.made).containsExactlyElementsOf(other.isolatedNetworks());
    }

    @Test
    void networks_that_no_machine_uses_are_swept_at_the_start_and_others_are_not() {
        MachineOrder order = started();
        IsolatedKey left = new IsolatedKey(RunId.random(), "lan");
        networks.made.add(left);
        reopen();
        assertThat(networks.made).containsExactlyElementsOf(order.isolatedNetworks());
    }

    // ---- failures ------------------------------------------------------------------------------------------------

    @Test
    void a_machine_that_cannot_be_started_or_connected_has_failed_and_is_not_tried_again() {
        runner.startFailure = "no such export";
        MachineOrder unstarted = Orders.order();
        machines.start(unstarted);
        assertThat(awaitState(unstarted, Failed.class))
                .isEqualTo(new Failed(
                        now.get().toEpochMilli() * 1_000, AgentError.MACHINE_NOT_STARTED, "no such export", 0));
        runner.startFailure = "";
        networks.failure = "no bridge";
        MachineOrder unconnected = Orders.order();
        machines.start(unconnected);
        awaitState(unconnected, Failed.class);

        assertThat(runner.guests).isEmpty();
        assertThat(networks.made).isEmpty();
        assertThat(machines.capacity().memoryUsedBytes()).isZero();
        reopen();
        assertThat(state(unconnected)).isInstanceOf(Failed.class);
        assertThat(runner.started).hasValue(1);
    }

    @Test
    void what_runs_machines_is_waited_for_while_it_is_away_and_an_order_fails_when_it_stays_away() {
        runner.away = true;
        MachineOrder first = Orders.order();
        machines.start(first);
        awaitAsked(1);
        runner.away = false;
        awaitState(first, Running.class);

        runner.away = true;
        MachineOrder second = Orders.order();
        machines.start(second);
        awaitAsked(2);
        now.updateAndGet(instant -> instant.plusSeconds(61));
        awaitState(second, Failed.class);
        assertThat(((Failed) state(second)).code()).isEqualTo(AgentError.MACHINE_NOT_STARTED);
        assertThat(((Failed) state(second)).message()).isEqualTo("the hypervisor is away");
        assertThat(state(first)).isInstanceOf(Running.class);
    }

    @Test
    void machines_are_not_lost_while_what_runs_them_is_away_and_can_be_stopped_afterwards() {
        MachineOrder kept = started();
        MachineOrder stopped = started();
        runner.away = true;
        reopen();
        machines.stop(stopped.id(), Duration.ZERO);
        awaitAsked(2);
        assertThat(state(kept)).isInstanceOf(Running.class);
        assertThat(state(stopped)).isInstanceOf(Stopping.class);

        runner.away = false;
        awaitGone(stopped);
        assertThat(state(kept)).isInstanceOf(Running.class);
        assertThat(runner.guests).containsOnlyKeys(kept.id());
    }

    private void awaitAsked(int times) {
        Wait.until("asked", () -> runner.askedWhileAway.get() >= times, () -> machines.views()
                .toString());
    }

    @Test
    void a_guest_that_ends_has_failed_and_its_last_words_stay() {
        MachineOrder order = started();
        runner.print(order, "Kernel panic");
        runner.guests.get(order.id()).end = "the guest ended: guest-panic";
        assertThat(awaitState(order, Failed.class).code()).isEqualTo(AgentError.MACHINE_ENDED);
        assertThat(view(order).consoleTail()).isEqualTo("Kernel panic");
        reopen();
        Wait.until("words of before", () -> view(order).consoleTail().equals("Kernel panic"), machines::views);
        stop(order);
        assertNothingLeft(order);
    }

    @Test
    void a_guest_that_ends_while_somebody_captures_it_leaves_its_process_until_that_is_over_or_too_late() {
        MachineOrder released = started();
        MachineOrder tooLate = started();
        for (MachineOrder order : List.of(released, tooLate)) {
            runner.guests.get(order.id()).captured = true;
            runner.guests.get(order.id()).end = "the guest ended: guest-shutdown";
        }
        // Looked at several times meanwhile.
        int looks = runner.captureLooks.get();
        Wait.until("looked at", () -> runner.captureLooks.get() > looks + 6, machines::views);
        assertThat(state(released)).isInstanceOf(Running.class);

        runner.guests.get(released.id()).captured = false;

        awaitState(released, Failed.class);
        assertThat(state(tooLate)).isInstanceOf(Running.class);
        now.updateAndGet(instant -> instant.plus(Duration.ofMinutes(16)));
        awaitState(tooLate, Failed.class);
    }

    @Test
    void a_step_whose_state_cannot_be_stored_is_not_done() {
        store.full = Released.class;
        MachineOrder order = Orders.order();
        machines.start(order);
        Wait.until("tried", () -> store.refused.get() > 1, machines::views);
        assertThat(runner.guests.values()).noneMatch(guest -> guest.released);
        store.full = null;
        awaitState(order, Running.class);
    }

    // ---- readiness -----------------------------------------------------------------------------------------------

    @Test
    void a_machine_is_ready_once_every_probe_has_passed_once_and_stays_so() {
        MachineOrder order = Orders.order(
                new ReadinessProbe.Tcp("10.0.0.5", 22, ""),
                new ReadinessProbe.GuestAgent(),
                new ReadinessProbe.Console("login:"));
        machines.start(order);
        awaitState(order, Running.class);
        awaitProblem(order, "probe 1 of 3 (TCP 10.0.0.5 port 22): no answer");
        networkProbe = Optional.empty();
        awaitProblem(order, "probe 2 of 3 (guest agent): nobody there");
        // What has passed once is not asked again.
        networkProbe = Optional.of("gone again");
        runner.guests.get(order.id()).guestAgent = true;
        awaitProblem(order, "probe 3 of 3 (console 'login:'): the text has not been printed yet");
        int before = changes.get();
        runner.print(order, "web login: ");
        Wait.until("ready", () -> ((Running) state(order)).readyAtMicros() != 0, machines::views);
        assertThat(view(order).problem()).isEmpty();
        assertThat(changes.get()).isGreaterThan(before);

        reopen();
        assertThat(((Running) state(order)).readyAtMicros()).isPositive();
    }

    // ---- crash table ---------------------------------------------------------------------------------------------

    @Test
    void ordered_and_no_process_is_started() {
        MachineOrder order = crashed(new Ordered(1), false);
        awaitState(order, Running.class);
        assertThat(runner.started).hasValue(1);
    }

    @Test
    void ordered_and_a_process_whose_guest_was_not_let_go_is_started_anew() {
        MachineOrder order = crashed(new Ordered(1), true);
        awaitState(order, Running.class);
        assertThat(runner.guests.get(order.id()).number).isEqualTo(2);
    }

    @Test
    void released_with_a_process_is_let_go_again() {
        MachineOrder order = crashed(new Released(1), true);
        awaitState(order, Running.class);
        assertThat(runner.guests.get(order.id()).number).isEqualTo(1);
        assertThat(runner.guests.get(order.id()).released).isTrue();
    }

    @Test
    void released_or_running_without_a_process_has_ended() {
        for (MachineState before : List.of(new Released(1), new Running(1, 0), new Running(1, 2))) {
            MachineOrder order = crashed(before, false);
            assertThat(awaitState(order, Failed.class).code()).isEqualTo(AgentError.MACHINE_ENDED);
            assertThat(runner.started).as("never a second time").hasValue(0);
        }
    }

    @Test
    void running_with_a_process_is_adopted() {
        MachineOrder order = crashed(new Running(1, 0), true);
        Wait.until("ready", () -> state(order) instanceof Running r && r.readyAtMicros() != 0, machines::views);
        assertThat(runner.guests.get(order.id()).number).isEqualTo(1);
    }

    @Test
    void stopping_goes_on() {
        for (MachineState before : List.of(new Ordered(1), new Running(1, 0), new Released(1))) {
            runner.shutsDownWhenAsked = true;
            MachineOrder order = crashed(before.stop(2, 1_000), true);
            awaitGone(order);
            assertNothingLeft(order);
        }
    }

    // ---- helpers -------------------------------------------------------------------------------------------------

    /** The agent was killed when this was stored, with or without a process of the machine. */
    private MachineOrder crashed(MachineState state, boolean process) {
        machines.close();
        runner.started.set(0);
        MachineOrder order = Orders.order();
        store.save(new MachineRecord(order, state));
        networks.made.addAll(order.isolatedNetworks());
        if (process) {
            try {
                runner.start(order);
            } catch (MachineFailure impossible) {
                throw new AssertionError(impossible);
            }
        }
        machines = open();
        return order;
    }

    private MachineOrder started() {
        return started(Orders.order());
    }

    private MachineOrder started(MachineOrder order) {
        machines.start(order);
        Wait.until(
                "ready",
                () -> state(order) instanceof Running running && running.readyAtMicros() != 0,
                machines::views);
        return order;
    }

    private void stop(MachineOrder order) {
        machines.stop(order.id(), Duration.ZERO);
        awaitGone(order);
    }

    private void awaitGone(MachineOrder order) {
        Wait.until(
                "forgotten",
                () -> machines.views().stream().noneMatch(view -> view.order().equals(order)),
                machines::views);
    }

    private <S extends MachineState> S awaitState(MachineOrder order, Class<S> wanted) {
        Wait.until(wanted.getSimpleName(), () -> wanted.isInstance(state(order)), machines::views);
        return wanted.cast(state(order));
    }

    private void awaitProblem(MachineOrder order, String problem) {
        Wait.until(problem, () -> view(order).problem().equals(problem), machines::views);
    }

    private MachineView view(MachineOrder order) {
        return machines.views().stream()
                .filter(view -> view.order().id().equals(order.id()))
                .findFirst()
                .orElseThrow();
    }

    private MachineState state(MachineOrder order) {
        return view(order).state();
    }

    private void assertNothingLeft(MachineOrder order) {
        assertThat(runner.guests).doesNotContainKey(order.id());
        assertThat(runner.consoles).doesNotContainKey(order.id());
        assertThat(store.records).doesNotContainKey(order.id());
        assertThat(networks.made).doesNotContainAnyElementsOf(order.isolatedNetworks());
    }

    private void assertRefused(MachineOrder order, AgentError code) {
        assertThatThrownBy(() -> machines.start(order))
                .isInstanceOfSatisfying(HoldfastException.class, refused -> assertThat(refused.code())
                        .isEqualTo(code));
    }

    private static final class Store implements MachineStore {
        private final Map<MachineId, MachineRecord> records = new ConcurrentHashMap<>();
        private final AtomicInteger refused = new AtomicInteger();
        private final Map<MachineId, GuestCommandStore> guests = new ConcurrentHashMap<>();
        private volatile Class<?> full;

        @Override
        public List<MachineRecord> load() {
            return List.copyOf(records.values());
        }

        @Override
        public void save(MachineRecord machine) {
            if (full != null && full.isInstance(machine.state())) {
                refused.incrementAndGet();
                throw new HoldfastException(AgentError.STATE_DIRECTORY_UNUSABLE, "no room");
            }
            records.put(machine.order().id(), machine);
        }

        @Override
        public GuestCommandStore guestCommands(MachineId machine) {
            return guests.computeIfAbsent(machine, _ -> new MemoryGuestCommands());
        }

        @Override
        public void delete(MachineId machine) {
            guests.remove(machine);
            records.remove(machine);
        }
    }

    private static final class Networks implements MachineNetworks {
        private final Set<IsolatedKey> made = ConcurrentHashMap.newKeySet();
        private final Set<MachineId> connected = ConcurrentHashMap.newKeySet();
        private volatile String failure = "";
        private volatile boolean unknown;

        @Override
        public Set<String> hostNetworks() {
            return Set.of();
        }

        @Override
        public void check(MachineOrder order) {
            if (unknown) {
                throw new HoldfastException(AgentError.NETWORK_UNKNOWN, "no such network");
            }
        }

        @Override
        public void create(IsolatedKey network) {
            made.add(network);
        }

        @Override
        public void connect(MachineOrder order) throws MachineFailure {
            if (!failure.isEmpty()) {
                throw new MachineFailure(failure);
            }
            connected.add(order.id());
        }

        @Override
        public void remove(IsolatedKey network) {
            made.remove(network);
        }

        @Override
        public void sweep(Set<IsolatedKey> used) {
            made.retainAll(used);
        }
    }
}
