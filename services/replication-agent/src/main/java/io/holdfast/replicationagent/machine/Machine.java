package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.machine.MachineRunner.RunningMachine;
import io.holdfast.replicationagent.machine.MachineState.Failed;
import io.holdfast.replicationagent.machine.MachineState.Ordered;
import io.holdfast.replicationagent.machine.MachineState.Released;
import io.holdfast.replicationagent.machine.MachineState.Running;
import io.holdfast.replicationagent.machine.MachineState.Stopping;
import io.holdfast.replicationagent.machine.guest.GuestCommand;
import io.holdfast.replicationagent.machine.guest.GuestCommands;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One machine and the thread that works towards what was ordered of it. Every state is stored before what follows from it is done, so that the crash table of
 * docs/machines.md holds wherever the agent dies.
 *
 * <p>Threads: process, networks and files are touched by the machine's own thread only; the state by whoever holds the lock.
 */
final class Machine {
    private static final System.Logger LOG = System.getLogger(Machine.class.getName());
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(2);
    private static final Duration WAIT_FOR_CAPTURE = Duration.ofMinutes(15);
    private static final Duration WAIT_FOR_RUNNER = Duration.ofSeconds(60);
    private static final Duration LEAVING = Duration.ofSeconds(15);

    private final MachineTools tools;
    private final NetworkUse networks;
    private final MachineCamera camera;
    private final Runnable changed;
    private final Runnable forgotten;
    private final GuestCommands guestCommands;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition signal = lock.newCondition();
    private volatile MachineRecord record;
    private volatile RunningMachine process;
    private volatile Readiness readiness;
    private volatile String lastConsole = "";
    private boolean signalled;
    private boolean leaving;
    private boolean gone;
    private boolean asked;
    private long endedAtMicros;
    private long firstTriedAtMicros;

    /**
     * @param camera takes pictures of it
     * @param changed called when what is told of the machine has changed
     * @param forgotten called once, when nothing is left of it
     */
    Machine(
            MachineRecord record,
            MachineTools tools,
            NetworkUse networks,
            MachineCamera camera,
            Runnable changed,
            Runnable forgotten) {
        this.record = record;
        this.tools = tools;
        this.networks = networks;
        this.camera = camera;
        this.changed = changed;
        this.forgotten = forgotten;
        this.guestCommands =
                new GuestCommands(tools.store().guestCommands(record.order().id()), tools.clock(), changed);
        this.thread = Thread.ofVirtual()
                .name("holdfast-machine-" + record.order().id())
                .unstarted(this::run);
    }

    void begin() {
        thread.start();
    }

    MachineOrder order() {
        return record.order();
    }

    MachineState state() {
        return record.state();
    }

    MachineView view() {
        MachineState state = state();
        Readiness probes = readiness;
        RunningMachine running = process;
        boolean waits = state instanceof Running runs && runs.readyAtMicros() == 0;
        return new MachineView(
                order(),
                state,
                waits && probes != null ? probes.problem() : "",
                state instanceof Running && running != null ? running.capture() : Optional.empty(),
                guestCommands.told(),
                running != null ? running.console() : lastConsole);
    }

    /**
     * Stored when this returns; the rest follows by itself.
     *
     * @throws HoldfastException {@code MACHINE_NOT_RUNNING}, or as {@link GuestCommands#order}
     */
    void runInGuest(GuestCommand command) {
        lock.lock();
        try {
            if (!(state() instanceof Running)) {
                throw new HoldfastException(
                        AgentError.MACHINE_NOT_RUNNING, "machine %s does not run".formatted(order().id()));
            }
            guestCommands.order(command);
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** Stored when this returns; the rest follows by itself. */
    void stop(Duration grace) {
        lock.lock();
        try {
            if (!gone) {
                store(state().stop(tools.nowMicros(), TimeUnit.MILLISECONDS.toMicros(grace.toMillis())));
                wake();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The agent ends, the machine does not. */
    void leave() {
        lock.lock();
        try {
            leaving = true;
            wake();
        } finally {
            lock.unlock();
        }
    }

    void awaitLeft() {
        try {
            if (thread.isAlive() && !thread.join(LEAVING)) {
                LOG.log(System.Logger.Level.WARNING, "A machine is still busy at the end; machine=" + order().id());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void wake() {
        signalled = true;
        signal.signalAll();
    }

    // ---- the machine's own thread --------------------------------------------------------------------------------

    private void run() {
        try {
            while (!gone && !isLeaving()) {
                await(step());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            closeReadiness();
            guestCommands.close();
            RunningMachine running = process;
            if (running != null) {
                running.leave();
            }
        }
    }

    private boolean isLeaving() {
        lock.lock();
        try {
            return leaving;
        } finally {
            lock.unlock();
        }
    }

    private void await(Duration most) throws InterruptedException {
        long left = most.toNanos();
        lock.lock();
        try {
            while (!signalled && left > 0) {
                left = signal.awaitNanos(left);
            }
            signalled = false;
        } finally {
            lock.unlock();
        }
    }

    /** Does what is due; returns how long nothing will be, unless something changes. */
    private Duration step() {
        try {
            return advanceOrFail();
        } catch (HoldfastException retried) {
            // Such as a state directory without room, or a hypervisor that is away: nothing was done that was not
            // stored before.
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A step of a machine is tried again; machine=" + order().id() + " code="
                            + retried.code().name() + ": " + retried.getMessage());
            return AFTER_FAILURE;
        } catch (RuntimeException defect) {
            LOG.log(System.Logger.Level.ERROR, "A step of a machine failed; machine=" + order().id(), defect);
            return AFTER_FAILURE;
        }
    }

    private Duration advanceOrFail() {
        try {
            long expires = order().expiresAtMicros();
            if (expires != 0 && tools.nowMicros() >= expires && !(state() instanceof Stopping)) {
                LOG.log(System.Logger.Level.INFO, "A machine's time is over; machine=" + order().id());
                stop(Duration.ZERO);
            }
            return switch (state()) {
                case Ordered ordered -> start(ordered);
                case Released released -> letGo(released);
                case Running running -> watch(running);
                case Failed _ -> keep();
                case Stopping stopping -> end(stopping);
            };
        } catch (MachineFailure failure) {
            return fail(AgentError.MACHINE_NOT_STARTED, failure.getMessage());
        }
    }

    private Duration start(Ordered ordered) throws MachineFailure {
        networks.acquire(order());
        process = started();
        tools.networks().connect(order());
        return advance(ordered, ordered.release()) ? Duration.ZERO : TICK;
    }

    /** What runs machines may be away while it restarts; for longer it is a failure. */
    private RunningMachine started() throws MachineFailure {
        if (firstTriedAtMicros == 0) {
            firstTriedAtMicros = tools.nowMicros();
        }
        try {
            return tools.runner().start(order());
        } catch (HoldfastException away) {
            if (tools.nowMicros() - firstTriedAtMicros < TimeUnit.NANOSECONDS.toMicros(WAIT_FOR_RUNNER.toNanos())) {
                throw away;
            }
            throw new MachineFailure(away.getMessage(), away);
        }
    }

    private Duration letGo(Released released) throws MachineFailure {
        if (!isThere()) {
            return fail(AgentError.MACHINE_ENDED, "the machine ended while the agent did not run");
        }
        process.release();
        advance(released, released.runs(tools.nowMicros()));
        LOG.log(System.Logger.Level.INFO, "A machine runs; machine=" + order().id() + " run=" + order().run());
        return Duration.ZERO;
    }

    private Duration watch(Running running) {
        if (!isThere()) {
            return fail(AgentError.MACHINE_ENDED, "the machine ended while the agent did not run");
        }
        Optional<String> end = process.poll();
        if (end.isPresent()) {
            return waitsForCapture() ? TICK : fail(AgentError.MACHINE_ENDED, end.get());
        }
        guestCommands.work(process.guest());
        if (running.readyAtMicros() == 0) {
            if (readiness == null) {
                readiness = new Readiness(order(), process, tools.probes(), this::probed);
                changed.run();
            }
            readiness.printed(process.console());
            if (readiness.allPassed()) {
                becomeReady(running);
            }
        }
        return TICK;
    }

    /** The picture first: who hears that it is ready has it then. */
    private void becomeReady(Running running) {
        camera.take(process, Screen.Moment.READY);
        if (advance(running, running.ready(tools.nowMicros()))) {
            closeReadiness();
            LOG.log(System.Logger.Level.INFO, "A machine is ready; machine=" + order().id());
        }
    }

    /** What its guest wrote last may not be sent yet: QEMU stays, without a guest that runs, for whoever captures it. */
    private boolean waitsForCapture() {
        if (!process.isCaptured()) {
            return false;
        }
        if (endedAtMicros == 0) {
            endedAtMicros = tools.nowMicros();
            LOG.log(
                    System.Logger.Level.INFO,
                    "A machine's guest has ended, and what captures it is waited for; machine=" + order().id());
        }
        return tools.nowMicros() - endedAtMicros < TimeUnit.NANOSECONDS.toMicros(WAIT_FOR_CAPTURE.toNanos());
    }

    private void probed() {
        changed.run();
        lock.lock();
        try {
            wake();
        } finally {
            lock.unlock();
        }
    }

    private Duration keep() {
        if (lastConsole.isEmpty()) {
            lastConsole = tools.runner().lastConsole(order());
        }
        return Readiness.INTERVAL;
    }

    private Duration end(Stopping stopping) {
        closeReadiness();
        guestCommands.close();
        boolean guestRan = stopping.before() instanceof Running || stopping.before() instanceof Released;
        if (isThere()) {
            boolean over = !guestRan
                    || tools.nowMicros() >= stopping.cutAtMicros()
                    || process.poll().isPresent();
            if (!asked && stopping.before() instanceof Running runs && runs.readyAtMicros() == 0) {
                camera.take(process, Screen.Moment.STOPPED);
            }
            if (!over) {
                if (!asked) {
                    asked = true;
                    process.askToShutDown();
                }
                return TICK;
            }
            process.cut();
            process = null;
        }
        networks.release(order());
        tools.runner().clear(order());
        lock.lock();
        try {
            tools.store().delete(order().id());
            gone = true;
        } finally {
            lock.unlock();
        }
        LOG.log(System.Logger.Level.INFO, "A machine is stopped and forgotten; machine=" + order().id());
        forgotten.run();
        return Duration.ZERO;
    }

    private boolean isThere() {
        if (process == null) {
            process = tools.runner().adopt(order()).orElse(null);
            if (process != null) {
                // How it can be captured is known now.
                changed.run();
            }
        }
        return process != null;
    }

    private Duration fail(AgentError code, String message) {
        closeReadiness();
        MachineState state = state();
        if (state instanceof Stopping) {
            return Duration.ZERO;
        }
        guestCommands.machineEnded();
        RunningMachine running = process;
        if (running != null) {
            running.poll();
            lastConsole = running.console();
            camera.take(running, Screen.Moment.ENDED);
            running.cut();
            process = null;
        }
        networks.release(order());
        if (advance(state, state.failed(code, message, tools.nowMicros()))) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A machine has failed; machine=" + order().id() + " code=" + code + ": " + message);
        }
        return Duration.ZERO;
    }

    private void closeReadiness() {
        Readiness probes = readiness;
        if (probes != null) {
            probes.close();
            readiness = null;
        }
    }

    /** Goes on, unless somebody has ordered to stop meanwhile. */
    private boolean advance(MachineState from, MachineState to) {
        lock.lock();
        try {
            if (state() != from) {
                return false;
            }
            if (!to.equals(from)) {
                store(to);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void store(MachineState next) {
        MachineRecord moved = record.with(next);
        tools.store().save(moved);
        record = moved;
        changed.run();
    }
}
