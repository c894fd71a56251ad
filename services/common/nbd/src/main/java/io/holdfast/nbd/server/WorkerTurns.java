package io.holdfast.nbd.server;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who does what next on one connection. Workers take turns: one receives at a time, any number execute.
 *
 * <p>The point is to wake no thread per request. While operations are quick (tens of microseconds) one worker does everything: it receives
 * a batch, executes it and receives again. A second one, the standby, only watches the clock: if nothing was finished within a tick although
 * there is work, an operation is stuck, and the connection becomes <em>slow</em>: every waiting request gets a worker of its own, up to the limit. It
 * becomes quick again when the average operation is.
 *
 * <p>So a request waits at most one tick behind a stuck one, and behind none on a device that is known to be slow.
 */
final class WorkerTurns {
    private static final long TICK_NANOS = 1_000_000;
    private static final long SLOW_NANOS = 100_000;
    /** A worker that was not needed for this long leaves, if enough others remain. */
    private static final long SPARE_NANOS = 10_000_000_000L;

    private static final int KEPT_WORKERS = 2;

    /** What the asking worker does next. */
    sealed interface Turn {
        /** Receive at most so many requests and report them with {@link #received}. Send held-back replies first. */
        record Receive(int limit) implements Turn {}

        /** Execute the request. If {@code more}, another one is ready and the reply may wait for that one's. */
        record Execute(Request request, boolean more) implements Turn {}

        /** Stop working. {@code last}: no other worker is left and none will come. */
        record Leave(boolean last) implements Turn {}
    }

    private enum Standby {
        NONE,
        CALLED,
        WATCHING
    }

    private final int workerLimit;
    private final int inFlightLimit;
    private final Runnable startWorker;
    private final Runnable flushReplies;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wakeUp = lock.newCondition();
    private final ArrayDeque<Request> ready = new ArrayDeque<>();
    private int workers = 1;
    private int waiting;
    private int executing;
    private long finished;
    private long averageNanos;
    private boolean receiving;
    private Standby standby = Standby.NONE;
    private boolean ended;

    /**
     * Begins with one worker, the caller's.
     *
     * @param startWorker starts another worker, which begins with {@link #nextAsNewcomer}
     * @param flushReplies sends replies that are held back; called without the lock; must not throw
     */
    WorkerTurns(int workerLimit, int inFlightLimit, Runnable startWorker, Runnable flushReplies) {
        this.workerLimit = workerLimit;
        this.inFlightLimit = inFlightLimit;
        this.startWorker = startWorker;
        this.flushReplies = flushReplies;
    }

    /** The first turn of the first worker, or the next one after receiving. */
    Turn next() {
        lock.lock();
        try {
            return choose(true);
        } finally {
            lock.unlock();
        }
    }

    /** The first turn of a worker that was started to help. */
    Turn nextAsNewcomer() {
        lock.lock();
        try {
            return choose(false);
        } finally {
            lock.unlock();
        }
    }

    /** The next turn after executing a request, which took this long. */
    Turn nextAfter(long nanos) {
        lock.lock();
        try {
            executing--;
            finished++;
            averageNanos += (nanos - averageNanos) / 8;
            return choose(true);
        } finally {
            lock.unlock();
        }
    }

    /** Reports what was received. {@code open}: the client may send more. Empties the queue. */
    void received(ArrayDeque<Request> requests, boolean open) {
        lock.lock();
        try {
            receiving = false;
            for (Request request = requests.poll(); request != null; request = requests.poll()) {
                ready.addLast(request);
            }
            if (!open) {
                ended = true;
                wakeUp.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the connection at once: what was not begun is not executed. Returns it, for the caller to dispose of. */
    ArrayDeque<Request> abort() {
        lock.lock();
        try {
            ArrayDeque<Request> dropped = new ArrayDeque<>(ready);
            ready.clear();
            ended = true;
            wakeUp.signalAll();
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** Workers at this moment. */
    int workerCount() {
        lock.lock();
        try {
            return workers;
        } finally {
            lock.unlock();
        }
    }

    private boolean slow() {
        return averageNanos > SLOW_NANOS;
    }

    private boolean mayReceive() {
        return !receiving && !ended && executing < inFlightLimit;
    }

    private boolean workWaits() {
        return !ready.isEmpty() || mayReceive();
    }

    /** {@code active}: the worker was busy just now and goes on; others act only when they are needed. */
    private Turn choose(boolean active) {
        boolean act = active;
        boolean mayHoldReplies = active;
        while (true) {
            if (ended && ready.isEmpty() && !mayHoldReplies) {
                return leave();
            }
            if (act || slow() || executing == 0) {
                Turn turn = act();
                if (turn != null) {
                    return turn;
                }
            }
            if (mayHoldReplies) {
                mayHoldReplies = false;
                flushUnlocked();
            } else if (await()) {
                act = false;
            } else {
                return leave();
            }
        }
    }

    private void flushUnlocked() {
        lock.unlock();
        try {
            flushReplies.run();
        } finally {
            lock.lock();
        }
    }

    private Turn leave() {
        workers--;
        if (standby == Standby.CALLED) {
            standby = Standby.NONE;
        }
        return new Turn.Leave(ended && workers == 0);
    }

    private Turn act() {
        Request request = ready.poll();
        if (request != null) {
            executing++;
            callForHelp();
            return new Turn.Execute(request, !ready.isEmpty() && !slow());
        }
        if (mayReceive()) {
            receiving = true;
            return new Turn.Receive(inFlightLimit - executing);
        }
        return null;
    }

    private void callForHelp() {
        if (!workWaits() || !slow() && standby != Standby.NONE) {
            return;
        }
        if (waiting > 0) {
            wakeUp.signal();
        } else if (workers < workerLimit) {
            workers++;
            try {
                startWorker.run();
            } catch (OutOfMemoryError e) {
                // No more threads to be had: those that exist go on alone.
                workers--;
                return;
            }
        } else {
            return;
        }
        if (!slow()) {
            standby = Standby.CALLED;
        }
    }

    private boolean await() {
        waiting++;
        long seen = finished;
        try {
            if (!slow() && standby != Standby.WATCHING && executing > 0 && workWaits()) {
                standby = Standby.WATCHING;
                do {
                    seen = finished;
                    pause(TICK_NANOS);
                    flushUnlocked();
                } while (finished != seen && !slow() && !ended);
                standby = Standby.NONE;
                if (finished == seen && executing > 0 && workWaits()) {
                    averageNanos = Math.max(averageNanos, 2 * SLOW_NANOS);
                }
                return true;
            }
            if (standby == Standby.CALLED) {
                standby = Standby.NONE;
            }
            long left = pause(SPARE_NANOS);
            return left > 0 || workers <= KEPT_WORKERS || workWaits();
        } finally {
            waiting--;
        }
    }

    private long pause(long nanos) {
        try {
            return wakeUp.awaitNanos(nanos);
        } catch (InterruptedException e) {
            // Nobody has a reason to interrupt a worker; a stray interrupt changes nothing.
            return 1;
        }
    }
}
