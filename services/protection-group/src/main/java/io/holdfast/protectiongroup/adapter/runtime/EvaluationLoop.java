package io.holdfast.protectiongroup.adapter.runtime;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Runs the {@link Evaluator} in one thread: soon after something was heard, and at the evaluation interval when nothing was.
 * However much is heard, passes keep {@link #SPACING} between them; a database that is away is waited out.
 */
@ApplicationScoped
public class EvaluationLoop {
    private static final Logger LOG = Logger.getLogger(EvaluationLoop.class);
    private static final Duration SPACING = Duration.ofMillis(200);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final Evaluator evaluator;
    private final Limits limits;
    private final Semaphore heard = new Semaphore(0);
    private volatile boolean stopping;
    private Thread thread;

    @Inject
    public EvaluationLoop(Evaluator evaluator, Limits limits) {
        this.evaluator = evaluator;
        this.limits = limits;
    }

    /** Something was heard: look soon. Never blocks; may be called from any thread. */
    public void heard() {
        heard.release();
    }

    void start(@Observes StartupEvent started) {
        thread = Thread.ofPlatform().name("evaluation").daemon().start(this::run);
    }

    void stop(@Observes ShutdownEvent stopped) throws InterruptedException {
        stopping = true;
        heard.release();
        if (thread != null && !thread.join(STOP_LIMIT)) {
            thread.interrupt();
        }
    }

    private void run() {
        while (!stopping) {
            try {
                evaluator.pass();
            } catch (RuntimeException failure) {
                if (!stopping) {
                    LOG.warnf(failure, "groups could not be evaluated, the next pass tries again");
                }
            }
            try {
                TimeUnit.NANOSECONDS.sleep(SPACING.toNanos());
                heard.tryAcquire(limits.evaluationInterval().toMillis(), TimeUnit.MILLISECONDS);
                heard.drainPermits();
            } catch (InterruptedException interrupted) {
                return;
            }
        }
    }
}
