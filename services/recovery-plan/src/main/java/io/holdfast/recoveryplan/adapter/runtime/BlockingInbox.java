package io.holdfast.recoveryplan.adapter.runtime;

import io.holdfast.recoveryplan.execution.Inbox;
import io.holdfast.recoveryplan.execution.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The inbox of one driven run. Many threads put, one waits. */
final class BlockingInbox implements Inbox {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // At most RunLimits.parallelSteps outcomes: each step under way reports once.
    private final List<Outcome> outcomes = new ArrayList<>();
    private boolean attention;

    @Override
    public void put(Outcome outcome) {
        lock.lock();
        try {
            outcomes.add(outcome);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the wait: somebody changed the run. */
    void callForAttention() {
        lock.lock();
        try {
            attention = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Outcome> await(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = TimeUnit.NANOSECONDS.convert(atMost);
            while (outcomes.isEmpty() && !attention && left > 0) {
                left = changed.awaitNanos(left);
            }
            attention = false;
            List<Outcome> taken = List.copyOf(outcomes);
            outcomes.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
