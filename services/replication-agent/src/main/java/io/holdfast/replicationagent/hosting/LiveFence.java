package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.hosting.LiveMachines.Halt;
import io.holdfast.replicationagent.hosting.LiveMachines.Machine;
import io.holdfast.replicationagent.ownership.Barrier;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Keeps a machine that runs under its own QEMU from writing: its processors are stopped, and again whenever somebody lets them go on. Capture goes on, and the fence holds when nothing
 * runs and all that was written is captured. A thread of its own does it, as a QEMU may take its time.
 *
 * <p>Threads: any.
 */
final class LiveFence implements Barrier {
    /** Beside events, which come at once: an event may be lost with the connection that it should have come by. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private final VmAttachment vm;
    private final LiveMachines live;
    private final Supplier<Optional<Machine>> machine;
    private final ReentrantLock monitorUse = new ReentrantLock();
    private volatile Thread keeper;
    /** Whose standstill is known to the capture; looked at by the holder of the lock only. */
    private Outcome noted;

    private volatile Outcome wanted;

    /** @param machine while it is captured */
    LiveFence(VmAttachment vm, LiveMachines live, Supplier<Optional<Machine>> machine) {
        this.vm = vm;
        this.live = live;
        this.machine = machine;
    }

    @Override
    public synchronized void shut(String reason, Outcome outcome) {
        wanted = outcome;
        if (keeper == null) {
            keeper = Thread.ofVirtual().name("fence-" + vm.id()).start(this::keep);
        } else {
            LockSupport.unpark(keeper);
        }
    }

    /** Who runs already cannot be kept out any more; it is stopped when its ownership is known. */
    @Override
    public void hold(String reason) {}

    /** The machine may run; whether it goes on is its owner's to say: its disks may be others by now. */
    @Override
    public synchronized void lift() {
        wanted = null;
        if (keeper != null) {
            LockSupport.unpark(keeper);
        }
    }

    /** QEMU says that the guest goes on. Never blocks. */
    void goesOn() {
        LockSupport.unpark(keeper);
    }

    /** Held by whoever connects to the machine's monitor: it serves one at a time. */
    ReentrantLock monitorUse() {
        return monitorUse;
    }

    /** Does now, on this thread, what is to be done; nothing when the machine may run. */
    void lookNow() {
        Outcome told = wanted;
        if (told != null) {
            look(told);
        }
    }

    private void keep() {
        while (true) {
            Outcome told;
            synchronized (this) {
                told = wanted;
                if (told == null) {
                    keeper = null;
                    return;
                }
            }
            look(told);
            LockSupport.parkNanos(this, LOOK.toNanos());
        }
    }

    private void look(Outcome told) {
        monitorUse.lock();
        try {
            Optional<Machine> captured = machine.get();
            Halt halt = captured.isPresent() ? captured.get().halt() : live.halt(vm);
            if (halt == Halt.STOPPED_NOW) {
                told.broken();
            }
            if (halt == Halt.STOPPED_NOW || noted != told) {
                captured.ifPresent(Machine::standsStill);
                noted = captured.isPresent() ? told : null;
            }
            // When it is gone nobody runs; what it wrote last is seen when it is captured again, and no checkpoint is
            // cut before.
            if (halt == Halt.GONE || captured.filter(Machine::isCaughtUp).isPresent()) {
                told.holds();
            }
        } catch (HoldfastException unreachable) {
            told.failed(unreachable.code().name(), unreachable.getMessage());
        } finally {
            monitorUse.unlock();
        }
    }
}
