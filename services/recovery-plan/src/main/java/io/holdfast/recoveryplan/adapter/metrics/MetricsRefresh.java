package io.holdfast.recoveryplan.adapter.metrics;

import io.holdfast.recoveryplan.adapter.persistence.SqlTestConditions;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads from the database what the gauges show, so that a scrape never waits for it. */
@ApplicationScoped
public class MetricsRefresh {
    /** More plans than anybody watches one by one; the first by name are shown. */
    private static final int MOST_PLANS = 500;

    private final EntityManager entities;
    private final RecoveryMetrics metrics;
    private final SqlTestConditions tests;
    private final Clock clock;

    @Inject
    public MetricsRefresh(EntityManager entities, RecoveryMetrics metrics, SqlTestConditions tests, Clock clock) {
        this.entities = entities;
        this.metrics = metrics;
        this.tests = tests;
        this.clock = clock;
    }

    @Scheduled(every = "15s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    @Transactional
    public void refresh() {
        Map<String, Long> runs = new HashMap<>();
        entities.createQuery("select state, count(*) from RunRow where endedAt is null group by state", Object[].class)
                .getResultStream()
                .forEach(row -> runs.put((String) row[0], (Long) row[1]));
        Instant now = clock.instant();
        List<RecoveryMetrics.TestAge> ages = tests.plans("", MOST_PLANS, now).stream()
                .map(plan -> new RecoveryMetrics.TestAge(
                        plan.name(),
                        age(now, plan.test().lastGood()),
                        plan.test().isOverdue()))
                .toList();
        Long approvals = entities.createQuery(
                        "select coalesce(sum(approvalsWaiting), 0) from RunRow where endedAt is null", Long.class)
                .getSingleResult();
        metrics.refresh(runs, approvals, ages);
    }

    private static double age(Instant now, Optional<Instant> tested) {
        return tested.map(at -> Duration.between(at, now).toMillis() / 1000.0).orElse(Double.POSITIVE_INFINITY);
    }
}
