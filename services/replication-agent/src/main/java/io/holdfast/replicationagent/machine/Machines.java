package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.DataSize;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.guest.GuestCommand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The machines that this host runs for recovery runs. Orders say what should be; each machine works towards it by itself, also after a restart of the agent
 * (docs/machines.md).
 *
 * <p>Threads: any.
 */
public final class Machines implements AutoCloseable {
    /** Most machines of one host. */
    public static final int MAX_MACHINES = 64;

    public static final Duration MAX_GRACE = Duration.ofMinutes(10);

    private static final System.Logger LOG = System.getLogger(Machines.class.getName());

    private final MachineTools tools;
    private final DataSize memoryLimit;
    private final NetworkUse networks;
    private final Screens screens = new Screens();
    private final Map<MachineId, Machine> machines = new LinkedHashMap<>();
    private volatile Runnable changed = () -> {};

    /** @param memoryLimit of all machines together */
    public Machines(MachineTools tools, DataSize memoryLimit) {
        this.tools = tools;
        this.memoryLimit = memoryLimit;
        this.networks = new NetworkUse(tools.networks());
    }

    /** Calls this when what is told of machines has changed. It must not block, and may be called often. */
    public void observe(Runnable observer) {
        changed = observer;
    }

    /** Takes up what was ordered before. To be called once, before anything else. */
    public synchronized void restore() {
        for (MachineRecord known : tools.store().load()) {
            if (!(known.state() instanceof MachineState.Failed)) {
                networks.remember(known.order());
            }
            machines.put(known.order().id(), newMachine(known));
        }
        networks.sweep();
        machines.values().forEach(Machine::begin);
        if (!machines.isEmpty()) {
            LOG.log(System.Logger.Level.INFO, "Machines are taken up again; machines=" + machines.size());
        }
    }

    private Machine newMachine(MachineRecord record) {
        return new Machine(
                record,
                tools,
                networks,
                new MachineCamera(record.order(), screens, tools::nowMicros),
                () -> changed.run(),
                () -> forget(record.order().id()));
    }

    private void forget(MachineId id) {
        synchronized (this) {
            machines.remove(id);
        }
        changed.run();
    }

    /**
     * The machine runs from now on. The same order again changes nothing.
     *
     * @throws HoldfastException {@code MACHINE_DIFFERS}, {@code ADAPTER_MISSING}, {@code MACHINE_SPEC_INVALID}, {@code NETWORK_UNKNOWN}, {@code TOO_MANY_MACHINES} or
     *     {@code NOT_ENOUGH_MEMORY}; nothing is stored then
     */
    public synchronized void start(MachineOrder order) {
        Machine present = machines.get(order.id());
        if (present != null) {
            if (!present.order().equals(order)) {
                throw new HoldfastException(
                        AgentError.MACHINE_DIFFERS,
                        "machine %s was ordered with other contents; stop it first, or take another id"
                                .formatted(order.id()));
            }
            return;
        }
        tools.runner().check(order);
        tools.networks().check(order);
        requireRoom(order);
        MachineRecord record = new MachineRecord(order, new MachineState.Ordered(tools.nowMicros()));
        tools.store().save(record);
        Machine machine = newMachine(record);
        machines.put(order.id(), machine);
        machine.begin();
        changed.run();
        LOG.log(
                System.Logger.Level.INFO,
                "A machine is ordered; machine=" + order.id() + " vm=" + order.vm() + " run=" + order.run());
    }

    private void requireRoom(MachineOrder order) {
        if (machines.size() >= MAX_MACHINES) {
            throw new HoldfastException(
                    AgentError.TOO_MANY_MACHINES,
                    "this host runs %d machines, which is as many as it may".formatted(machines.size()));
        }
        long wanted = order.spec().memoryBytes();
        long used = memoryUsed();
        if (wanted > memoryLimit.bytes() - used) {
            throw new HoldfastException(
                    AgentError.NOT_ENOUGH_MEMORY,
                    "the machine needs %s; machines of this host have %s of the %s that holdfast.agent.machines.memory-limit allows"
                            .formatted(new DataSize(wanted), new DataSize(used), memoryLimit));
        }
    }

    private long memoryUsed() {
        return machines.values().stream()
                .filter(machine -> machine.state().holdsMemory())
                .mapToLong(machine -> machine.order().spec().memoryBytes())
                .sum();
    }

    /**
     * The machine stops and is forgotten. One that is not known is a success.
     *
     * @param grace before its power is cut
     * @throws HoldfastException {@code COMMAND_MALFORMED} for a grace of more than ten minutes
     */
    public synchronized void stop(MachineId id, Duration grace) {
        if (grace.isNegative() || grace.compareTo(MAX_GRACE) > 0) {
            throw new HoldfastException(
                    AgentError.COMMAND_MALFORMED,
                    "grace_ms is %d; 0 to %d are allowed".formatted(grace.toMillis(), MAX_GRACE.toMillis()));
        }
        Machine machine = machines.get(id);
        if (machine != null) {
            machine.stop(grace);
        }
    }

    /**
     * The command is run inside the machine's guest. The same one again changes nothing.
     *
     * @throws HoldfastException {@code MACHINE_NOT_RUNNING}, {@code TOO_MANY_GUEST_COMMANDS} or {@code COMMAND_MALFORMED}; nothing is stored then
     */
    public synchronized void runInGuest(MachineId id, GuestCommand command) {
        Machine machine = machines.get(id);
        if (machine == null) {
            throw new HoldfastException(AgentError.MACHINE_NOT_RUNNING, "machine %s is not known here".formatted(id));
        }
        machine.runInGuest(command);
    }

    public List<MachineView> views() {
        List<Machine> all;
        synchronized (this) {
            all = List.copyOf(machines.values());
        }
        return all.stream().map(Machine::view).toList();
    }

    /** Pictures of machines with a greater number than this, in the order in which they were taken. */
    public List<Screen> screens(long after) {
        return screens.after(after, tools.nowMicros());
    }

    public HostCapacity capacity() {
        List<String> adapters = tools.runner().adapters();
        var hostNetworks = tools.networks().hostNetworks();
        synchronized (this) {
            return new HostCapacity(adapters, hostNetworks, memoryLimit.bytes(), memoryUsed());
        }
    }

    /** The agent ends; the machines go on. */
    @Override
    public void close() {
        List<Machine> all;
        synchronized (this) {
            all = new ArrayList<>(machines.values());
        }
        all.forEach(Machine::leave);
        all.forEach(Machine::awaitLeft);
        tools.runner().close();
    }
}
