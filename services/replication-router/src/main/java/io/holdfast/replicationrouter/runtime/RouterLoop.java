package io.holdfast.replicationrouter.runtime;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The one thread that everything in {@link Router} runs on.
 *
 * <p>Its queue has no bound of its own because everything that feeds it has one: one frame per session, answers of Kafka
 * within the byte budget, one poll per followed topic.
 */
public final class RouterLoop implements Executor, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(RouterLoop.class);

    private final ScheduledThreadPoolExecutor executor;

    public RouterLoop() {
        executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("router-loop").daemon(true).factory());
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setRejectedExecutionHandler((task, pool) ->
                LOG.debug("Something happened to the router after it had stopped, and is of no interest any more"));
    }

    @Override
    public void execute(Runnable step) {
        executor.execute(() -> guarded(step));
    }

    public void every(Duration period, Runnable step) {
        executor.scheduleWithFixedDelay(() -> guarded(step), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException defect) {
            LOG.error("A step of the router failed; this is a defect of ours", defect);
        }
    }

    /** Finishes what is queued, within two seconds. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(2, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
