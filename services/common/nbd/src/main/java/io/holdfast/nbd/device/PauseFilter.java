package io.holdfast.nbd.device;

import io.holdfast.nbd.BlockDevice;
import io.holdfast.nbd.NbdError;
import io.holdfast.nbd.NbdException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Holds operations until told to go on. While paused nothing new reaches the device below, so its contents stand still; operations that
 * had begun before the pause are waited for by {@link #pause}.
 *
 * <p>Bound: an operation is held for at most {@code longestHold}, then it fails with {@link NbdError#EIO}.
 */
public final class PauseFilter extends OperationFilter {
    private final long longestHoldNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Predicate<Operation> paused = _ -> false;
    private int running;
    private int held;

    /** Starts unpaused. */
    public PauseFilter(BlockDevice below, Duration longestHold) {
        super(below);
        this.longestHoldNanos = longestHold.toNanos();
    }

    /**
     * Holds every operation that begins from now on, and waits until those under way have finished.
     *
     * @return true if the device below stands still; false if operations were still under way when the time was up (new ones are held)
     */
    public boolean pause(Duration patience) {
        lock.lock();
        try {
            paused = _ -> true;
            return await(patience.toNanos(), () -> running == 0);
        } finally {
            lock.unlock();
        }
    }

    /** Holds only matching operations from now on and waits for nothing. The predicate is called under a lock: keep it short. */
    public void holdWhen(Predicate<Operation> matches) {
        lock.lock();
        try {
            paused = matches;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Lets everything go on. */
    public void resume() {
        holdWhen(_ -> false);
    }

    /** Operations held at this moment. */
    public int heldCount() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until at least {@code count} operations are held; false if the time was up first. */
    public boolean awaitHeld(int count, Duration patience) {
        lock.lock();
        try {
            return await(patience.toNanos(), () -> held >= count);
        } finally {
            lock.unlock();
        }
    }

    @Override
    protected void before(Operation operation) throws IOException {
        lock.lock();
        try {
            if (paused.test(operation)) {
                hold(operation);
            }
            running++;
        } finally {
            lock.unlock();
        }
    }

    private void hold(Operation operation) throws NbdException {
        held++;
        changed.signalAll();
        try {
            if (!await(longestHoldNanos, () -> !paused.test(operation))) {
                throw new NbdException(NbdError.EIO, "held for longer than the limit: " + operation);
            }
        } finally {
            held--;
        }
    }

    @Override
    protected void after(Operation operation) {
        lock.lock();
        try {
            running--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean await(long nanos, BooleanSupplier done) {
        long end = System.nanoTime() + nanos;
        boolean interrupted = false;
        try {
            while (!done.getAsBoolean()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                try {
                    changed.await(left, TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
