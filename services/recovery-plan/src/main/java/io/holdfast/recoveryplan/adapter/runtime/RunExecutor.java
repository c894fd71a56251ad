package io.holdfast.recoveryplan.adapter.runtime;

import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.adapter.persistence.JpaRunStore;
import io.holdfast.recoveryplan.execution.RunDriver;
import io.holdfast.recoveryplan.execution.RunStore.Lease;
import io.holdfast.recoveryplan.execution.RunStore.LeaseLostException;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Finds runs that are due and drives each on a thread of its own, at most {@code parallel-runs} at a time. A run that waits (READY, or for a far
 * retry) holds no thread. Two instances may look at the same run; the lease lets one drive it.
 */
@ApplicationScoped
public class RunExecutor {
    private static final Logger LOG = Logger.getLogger(RunExecutor.class);

    private final JpaRunStore store;
    private final RunDriver driver;
    private final RecoveryPlanSettings settings;
    private final Semaphore slots;
    private final Map<RunId, BlockingInbox> driven = new ConcurrentHashMap<>();
    private final Semaphore attention = new Semaphore(0);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean stopping;
    private volatile long lastGoodScanNanos = System.nanoTime();

    @Inject
    public RunExecutor(JpaRunStore store, RunDriver driver, RecoveryPlanSettings settings) {
        this.store = store;
        this.driver = driver;
        this.settings = settings;
        this.slots = new Semaphore(settings.parallelRuns());
    }

    void start(@Observes StartupEvent event) {
        threads.execute(this::scanUntilStopped);
    }

    /** Whatever is under way is left as it is: the next instance goes on from what is stored, as after a crash. */
    void stop(@Observes ShutdownEvent event) {
        stopping = true;
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn(
                        "steps were still under way when the service stopped; they are taken up again at the next start");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says that a run was ordered or changed, so that it is looked at now and not at the next scan. Call after the commit. */
    public void changed(RunId id) {
        BlockingInbox inbox = driven.get(id);
        if (inbox != null) {
            inbox.callForAttention();
        }
        attention.release();
    }

    /** How long ago the last search for due runs succeeded. */
    public Duration sinceLastGoodScan() {
        return Duration.ofNanos(System.nanoTime() - lastGoodScanNanos);
    }

    private void scanUntilStopped() {
        while (!stopping) {
            try {
                scan();
                lastGoodScanNanos = System.nanoTime();
            } catch (RuntimeException failed) {
                LOG.warnf(
                        failed,
                        "runs that are due cannot be looked for now; tried again in %s",
                        settings.scanInterval());
            }
            try {
                if (attention.tryAcquire(settings.scanInterval().toMillis(), TimeUnit.MILLISECONDS)) {
                    attention.drainPermits();
                }
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    private void scan() {
        int free = slots.availablePermits();
        List<RunId> due = free == 0 ? List.of() : store.due(free);
        for (RunId id : due) {
            BlockingInbox inbox = new BlockingInbox();
            if (driven.putIfAbsent(id, inbox) != null) {
                continue;
            }
            if (!slots.tryAcquire()) {
                driven.remove(id);
                return;
            }
            threads.execute(() -> drive(id, inbox));
        }
    }

    private void drive(RunId id, BlockingInbox inbox) {
        try {
            Optional<Lease> lease = store.acquire(id);
            if (lease.isPresent()) {
                driver.drive(lease.get(), inbox);
            }
        } catch (LeaseLostException lost) {
            LOG.infof("run goes on elsewhere runId=%s reason=%s", id, lost.getMessage());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException failed) {
            if (!stopping) {
                LOG.errorf(failed, "run cannot go on now; it is taken up again when its lease ends runId=%s", id);
            }
        } finally {
            driven.remove(id);
            slots.release();
        }
    }
}
