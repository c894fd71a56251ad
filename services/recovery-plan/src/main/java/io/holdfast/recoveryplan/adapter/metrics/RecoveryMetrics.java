package io.holdfast.recoveryplan.adapter.metrics;

import io.holdfast.recoveryplan.execution.StepPerformer;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * All meters of this service.
 *
 * <ul>
 *   <li>{@code holdfast_recovery_runs{state}}: runs that have not ended, by state, as of the last refresh. Alert on CLEANING_UP that lasts, and on HALTED: it waits for a person.
 *   <li>{@code holdfast_recovery_approvals_waiting}: approvals that runs wait for, as of the last refresh. Alert when it stays above 0: somebody is asked.
 *   <li>{@code holdfast_recovery_run_transitions_total{state}}: states reached. Alert on FAILED.
 *   <li>{@code holdfast_recovery_step_attempt_seconds{kind,outcome}}: duration of attempts of steps. No alert.
 *   <li>{@code holdfast_recovery_last_good_test_age_seconds{plan}}: alert when it exceeds what the company promises; a plan that was never
 *       tested successfully has {@code +Inf}.
 *   <li>{@code holdfast_recovery_test_overdue{plan}}: 1 if the last good test is older than the plan, or the site, allows, or there is none. Alert on 1.
 *   <li>{@code holdfast_recovery_rehearsals_total{outcome}}: due times of schedules: ORDERED or SKIPPED. No alert: what counts is whether a test is overdue.
 * </ul>
 */
@Singleton
public class RecoveryMetrics {
    /** States that a run can be found in before it has ended. */
    private static final List<String> LIVE_STATES =
            List.of("PENDING", "RUNNING", "READY", "SWITCHING", "HALTED", "COMMITTING", "CLEANING_UP", "RELEASING");

    private final MeterRegistry registry;
    private final MultiGauge testAges;
    private final MultiGauge testsOverdue;
    private final Map<String, Long> liveRuns = new ConcurrentHashMap<>();
    private final AtomicLong approvalsWaiting;

    /** @param ageSeconds infinite if no test has succeeded */
    public record TestAge(String plan, double ageSeconds, boolean overdue) {}

    @Inject
    public RecoveryMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.testAges = MultiGauge.builder("holdfast_recovery_last_good_test_age_seconds")
                .description("Age of the newest test run that recovered everything, by plan")
                .register(registry);
        this.testsOverdue = MultiGauge.builder("holdfast_recovery_test_overdue")
                .description("1 if the plan has no good test, or none that is new enough; else 0")
                .register(registry);
        this.approvalsWaiting = new AtomicLong();
        Gauge.builder("holdfast_recovery_approvals_waiting", approvalsWaiting, AtomicLong::get)
                .description("Approvals that runs wait for")
                .register(registry);
        for (String state : LIVE_STATES) {
            Gauge.builder("holdfast_recovery_runs", liveRuns, counts -> counts.getOrDefault(state, 0L))
                    .description("Runs that have not ended, by state")
                    .tags("state", state)
                    .register(registry);
        }
    }

    /** The same performer with its attempts timed. */
    public StepPerformer timed(StepPerformer performer) {
        return (run, step) -> {
            Timer.Sample sample = Timer.start(registry);
            String outcome = "failed";
            try {
                var result = performer.perform(run, step);
                outcome = "succeeded";
                return result;
            } finally {
                sample.stop(Timer.builder("holdfast_recovery_step_attempt_seconds")
                        .description("Duration of one attempt of a step")
                        .tags("kind", step.action().kind(), "outcome", outcome)
                        .register(registry));
            }
        };
    }

    public void reached(Run run) {
        Counter.builder("holdfast_recovery_run_transitions_total")
                .description("States that runs have reached")
                .tags("state", run.state().name())
                .register(registry)
                .increment();
        if (run.state() instanceof RunState.Failed failed) {
            Counter.builder("holdfast_recovery_run_failures_total")
                    .description("Runs that ended as FAILED, by code")
                    .tags("code", failed.failure().code())
                    .register(registry)
                    .increment();
        }
    }

    /** A due time of a schedule was noted. */
    public void rehearsal(boolean ordered) {
        Counter.builder("holdfast_recovery_rehearsals_total")
                .description("Due times of rehearsal schedules, by what became of them")
                .tags("outcome", ordered ? "ORDERED" : "SKIPPED")
                .register(registry)
                .increment();
    }

    /** Takes what was just read from the database. */
    public void refresh(Map<String, Long> runsByState, long approvals, List<TestAge> ages) {
        approvalsWaiting.set(approvals);
        LIVE_STATES.forEach(state -> liveRuns.put(state, runsByState.getOrDefault(state, 0L)));
        testAges.register(
                ages.stream()
                        .map(age -> MultiGauge.Row.of(Tags.of("plan", age.plan()), age.ageSeconds()))
                        .toList(),
                true);
        testsOverdue.register(
                ages.stream()
                        .map(age -> MultiGauge.Row.of(Tags.of("plan", age.plan()), age.overdue() ? 1 : 0))
                        .toList(),
                true);
    }
}
