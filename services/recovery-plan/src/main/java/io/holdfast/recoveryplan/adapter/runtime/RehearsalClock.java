package io.holdfast.recoveryplan.adapter.runtime;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.recoveryplan.adapter.persistence.JpaRunRegister;
import io.holdfast.recoveryplan.adapter.persistence.SqlRehearsals;
import io.holdfast.recoveryplan.rehearsal.RehearsalRules;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import org.jboss.logging.Logger;

/** Looks what the schedules of rehearsals ask for now. Any number of instances may look at once. */
@ApplicationScoped
public class RehearsalClock {
    private static final Logger LOG = Logger.getLogger(RehearsalClock.class);
    /** Of one look; the rest is seen by the next one. */
    private static final int MOST_AT_ONCE = 100;

    private final SqlRehearsals rehearsals;
    private final RehearsalDesk desk;
    private final JpaRunRegister runs;
    private final RunExecutor executor;
    private final Clock clock;

    @Inject
    public RehearsalClock(
            SqlRehearsals rehearsals, RehearsalDesk desk, JpaRunRegister runs, RunExecutor executor, Clock clock) {
        this.rehearsals = rehearsals;
        this.desk = desk;
        this.runs = runs;
        this.executor = executor;
        this.clock = clock;
    }

    @Scheduled(every = "5s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void look() {
        rehearsals.due(clock.instant(), MOST_AT_ONCE).forEach(this::begin);
        rehearsals.serving(MOST_AT_ONCE).forEach(this::end);
    }

    /** One plan's trouble must not keep the others from their rehearsals. */
    private void begin(PlanId plan) {
        try {
            take(plan, clock.instant());
        } catch (RuntimeException failed) {
            LOG.warnf(failed, "a rehearsal cannot be ordered now; tried again planId=%s", plan);
        }
    }

    private void take(PlanId plan, Instant now) {
        try {
            desk.take(plan, now).ifPresent(run -> {
                LOG.infof("a rehearsal is ordered planId=%s runId=%s", plan, run);
                executor.changed(run);
            });
        } catch (HoldfastException refused) {
            if (refused.code().blame() == Blame.INTERNAL || refused.code().blame() == Blame.UNAVAILABLE) {
                throw refused;
            }
            LOG.warnf("a rehearsal is skipped planId=%s code=%s: %s", plan, refused.code(), refused.getMessage());
            desk.refused(plan, refused, now);
        }
    }

    private void end(SqlRehearsals.Serving serving) {
        Instant now = clock.instant();
        try {
            if (runs.find(serving.run())
                    .filter(run -> isOver(run, serving, now))
                    .isPresent()) {
                runs.change(serving.run(), run -> run.finish(RehearsalRules.ORDERED_BY, now));
                executor.changed(serving.run());
            }
        } catch (HoldfastException meanwhile) {
            LOG.infof("a rehearsal was ended otherwise runId=%s: %s", serving.run(), meanwhile.getMessage());
        } catch (RuntimeException failed) {
            LOG.warnf(failed, "a rehearsal cannot be finished now; tried again runId=%s", serving.run());
        }
    }

    private static boolean isOver(Run run, SqlRehearsals.Serving serving, Instant now) {
        return run.state() instanceof RunState.Ready ready
                && !ready.since().plus(serving.serveFor()).isAfter(now);
    }
}
