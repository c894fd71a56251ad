package io.holdfast.replicationagent;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The one thread on which an agent changes what it serves and replicates. Orders run in the order in which they came; at most {@value #CAPACITY} wait, more are
 * refused.
 */
final class ControlThread implements Executor, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ControlThread.class.getName());
    private static final int CAPACITY = 1_024;

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("holdfast-control").daemon().factory());

    /** @throws RejectedExecutionException when too many orders wait, or after {@link #close} */
    @Override
    public void execute(Runnable order) {
        if (executor.getQueue().size() >= CAPACITY) {
            throw new RejectedExecutionException("more than " + CAPACITY + " orders wait");
        }
        executor.execute(guarded(order));
    }

    void every(Duration interval, Runnable task) {
        executor.scheduleWithFixedDelay(guarded(task), interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** One failed order must not end the ones behind it, nor a periodic task. */
    private static Runnable guarded(Runnable order) {
        return () -> {
            try {
                order.run();
            } catch (RuntimeException failed) {
                LOG.log(System.Logger.Level.ERROR, "An order to the agent failed", failed);
            }
        };
    }

    /** Lets the order under way finish, for five seconds at most; what waits is dropped. */
    @Override
    public void close() {
        // Never by interrupt: it would close the file that an order is writing.
        executor.shutdown();
        executor.getQueue().clear();
        try {
            if (!executor.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "The control thread is still busy at the end");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
