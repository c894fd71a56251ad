package io.holdfast.recoveryplan.adapter.metrics;

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

/** Reads from the database what the gauges show, so that a scrape never waits for it. */
@ApplicationScoped
public class MetricsRefresh {
    /** More plans than anybody watches one by one; the most recently tested ones are shown. */
    private static final int MOST_PLANS = 500;

    private final EntityManager entities;
    private final RecoveryMetrics metrics;
    private final Clock clock;

    @Inject
    public MetricsRefresh(EntityManager entities, RecoveryMetrics metrics, Clock clock) {
        this.entities = entities;
        this.metrics = metrics;
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
        List<RecoveryMetrics.TestAge> ages = entities.createQuery("""
                        select p.name, max(r.orderedAt) from PlanRow p
                        left join RunRow r on r.planId = p.id and r.mode = 'TEST' and r.state = 'SUCCEEDED' and r.recovered
                        where p.deletedAt is null group by p.name order by max(r.orderedAt) desc nulls last
                        """, Object[].class)
                .setMaxResults(MOST_PLANS)
                .getResultStream()
                .map(row -> new RecoveryMetrics.TestAge((String) row[0], age(now, (Instant) row[1])))
                .toList();
        Long approvals = entities.createQuery(
                        "select coalesce(sum(approvalsWaiting), 0) from RunRow where endedAt is null", Long.class)
                .getSingleResult();
        metrics.refresh(runs, approvals, ages);
    }

    private static double age(Instant now, Instant tested) {
        return tested == null
                ? Double.POSITIVE_INFINITY
                : Duration.between(tested, now).toMillis() / 1000.0;
    }
}
