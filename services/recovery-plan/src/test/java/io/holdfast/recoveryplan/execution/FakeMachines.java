package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.machine.GuestOrder;
import io.holdfast.recoveryplan.machine.GuestWord;
import io.holdfast.recoveryplan.machine.MachineError;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.machine.MachineOrder;
import io.holdfast.recoveryplan.machine.MachineWord;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Agents under the contract of {@link MachineOrders}, in memory; they outlive the executor. The same machine id always has to come with the same order. A machine
 * runs from the second look on, and is ready from the third.
 */
final class FakeMachines implements MachineOrders, GuestOrders {
    private final Map<String, GuestOrder> wishes = new HashMap<>();
    private final Map<String, GuestWord.Ended> ends = new HashMap<>();
    /** What guests have begun, each time. */
    final List<GuestOrder> guestRuns = new ArrayList<>();
    /** How a guest's command ends. */
    Function<GuestOrder, GuestWord.Ended> guestEnd = _ -> new GuestWord.Ended("", "exit code 0", "done");

    private record Running(MachineOrder order, int[] looks) {}

    private final Clock clock;
    private final Map<UUID, MachineOrder> ordered = new HashMap<>();
    private final Map<UUID, Running> running = new HashMap<>();
    private final Set<UUID> barred = new HashSet<>();
    final List<String> log = new ArrayList<>();

    /** Called with "start" or "stop" and the VM's name before the effect; throws to lose the request. */
    BiConsumer<String, String> before = (_, _) -> {};
    /** Called after it; throws to lose the answer. */
    BiConsumer<String, String> after = (_, _) -> {};
    /** Lets a machine fail, or an agent refuse, by name of the VM. */
    Function<String, Optional<MachineWord>> fate = _ -> Optional.empty();

    FakeMachines(Clock clock) {
        this.clock = clock;
    }

    static List<MachineHost> hosts() {
        return List.of(
                new MachineHost(
                        new HostId(new UUID(5, 1)),
                        "host-1",
                        new AgentId(new UUID(6, 1)),
                        true,
                        true,
                        8L << 30,
                        Set.of("lan")),
                new MachineHost(
                        new HostId(new UUID(5, 2)),
                        "host-2",
                        new AgentId(new UUID(6, 2)),
                        true,
                        true,
                        6L << 30,
                        Set.of("lan")));
    }

    @Override
    public MachineWord start(MachineOrder order, UUID commandId) {
        String name = order.placement().machine().name();
        before.accept("start", name);
        if (barred.contains(order.machineId())) {
            throw new HoldfastException(MachineError.MACHINE_STOP_ORDERED, "too late");
        }
        MachineOrder known = ordered.putIfAbsent(order.machineId(), order);
        if (known != null && !known.equals(order)) {
            throw new AssertionError("another order under the id of " + name + ": " + order + ", before " + known);
        }
        if (known == null) {
            log.add("start " + name);
        }
        boolean twice = running.entrySet().stream()
                .anyMatch(other -> !other.getKey().equals(order.machineId())
                        && other.getValue()
                                .order()
                                .placement()
                                .machine()
                                .vmId()
                                .equals(order.placement().machine().vmId()));
        if (twice) {
            throw new AssertionError("two machines of one VM at once: " + name);
        }
        running.putIfAbsent(order.machineId(), new Running(order, new int[1]));
        after.accept("start", name);
        return look(order.placement().agent(), order.machineId());
    }

    @Override
    public MachineWord look(AgentId agent, UUID machineId) {
        Running machine = running.get(machineId);
        if (machine == null || !machine.order().placement().agent().equals(agent)) {
            return new MachineWord.Silence();
        }
        String name = machine.order().placement().machine().name();
        Optional<MachineWord> word = fate.apply(name);
        if (word.isPresent()) {
            if (word.get() instanceof MachineWord.Refused) {
                running.remove(machineId);
            }
            return word.get();
        }
        int looks = ++machine.looks()[0];
        return new MachineWord.Reported(
                looks < 2 ? MachineWord.State.STARTING : MachineWord.State.RUNNING,
                Samples.NOON,
                "",
                "",
                looks < 3 ? Optional.empty() : Optional.of(clock.instant()),
                "login: ");
    }

    @Override
    public Stopped stop(RunId run, AgentId agent, UUID machineId, UUID commandId, Duration grace) {
        before.accept("stop", machineId.toString());
        barred.add(machineId);
        if (!ordered.containsKey(machineId)) {
            return Stopped.NEVER_ORDERED;
        }
        Running machine = running.remove(machineId);
        if (machine != null) {
            log.add("stop " + machine.order().placement().machine().name());
        }
        after.accept("stop", machineId.toString());
        return Stopped.GONE;
    }

    /** As the agent: a wish that has succeeded is not done again, one that failed is with a greater attempt. */
    @Override
    public GuestWord run(GuestOrder order) {
        before.accept("guest", order.command().path());
        if (!running.containsKey(order.machineId())) {
            return new GuestWord.Refused("MACHINE_NOT_RUNNING", "machine %s does not run".formatted(order.machineId()));
        }
        String wish = order.machineId() + " " + order.key();
        GuestOrder known = wishes.get(wish);
        boolean failed = known != null && !ends.get(wish).code().isEmpty();
        if (known == null || failed && order.attempt() > known.attempt()) {
            guestRuns.add(order);
            log.add("guest " + order.command().path());
            ends.put(wish, guestEnd.apply(order));
        }
        if (known == null || order.attempt() > known.attempt()) {
            wishes.put(wish, order);
        }
        after.accept("guest", order.command().path());
        return ends.get(wish);
    }

    Set<String> runningNow() {
        Set<String> names = new HashSet<>();
        running.values()
                .forEach(machine ->
                        names.add(machine.order().placement().machine().name()));
        return names;
    }

    /** @param machineId as a text */
    boolean isOf(String machineId, PgId pg) {
        MachineOrder order = ordered.get(UUID.fromString(machineId));
        return order != null && order.placement().machine().vmId().equals(Samples.vm(pg));
    }

    boolean runs(PgId pg) {
        return running.values().stream()
                .anyMatch(
                        machine -> machine.order().placement().machine().vmId().equals(Samples.vm(pg)));
    }

    /** Of what runs. */
    List<MachineOrder> ordersRunning() {
        return running.values().stream().map(Running::order).toList();
    }

    int machinesRunning() {
        return running.size();
    }
}
