package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.RunRegister;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.OptimisticLockException;
import jakarta.persistence.TypedQuery;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Runs in PostgreSQL, for the REST interface and for metrics. */
@ApplicationScoped
public class JpaRunRegister implements RunRegister {
    private final EntityManager entities;
    private final RunRows rows;
    private final RecoveryPlanSettings settings;
    private final Clock clock;

    @Inject
    public JpaRunRegister(EntityManager entities, RunRows rows, RecoveryPlanSettings settings, Clock clock) {
        this.entities = entities;
        this.rows = rows;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    @Transactional
    public void add(Run run) {
        // The plan's row is held, so that two orders cannot both see room, nor a deletion pass between.
        entities.find(PlanRow.class, run.order().planId().value(), LockModeType.PESSIMISTIC_WRITE);
        long live = entities.createQuery("select count(*) from RunRow where endedAt is null", Long.class)
                .getSingleResult();
        if (live >= settings.maxLiveRuns()) {
            throw new HoldfastException(
                    RunError.TOO_MANY_RUNS,
                    "%d runs have not ended, as many as holdfast.recovery-plan.max-live-runs allows; finish or cancel one"
                            .formatted(live));
        }
        rows.insert(run, clock.instant());
    }

    @Override
    @Transactional
    public Optional<Run> find(RunId id) {
        return rows.find(id).map(rows::read);
    }

    /** The report: the stored one of a run that has ended, else one of what is known by now. */
    @Transactional
    public Optional<RunReport> report(RunId id) {
        return rows.find(id).map(row -> rows.report(row).orElseGet(() -> rows.reportNow(row)));
    }

    @Override
    @Transactional
    public Run change(RunId id, UnaryOperator<Run> change) {
        RunRow row = rows.find(id)
                .orElseThrow(() -> new HoldfastException(RunError.RUN_NOT_FOUND, "there is no run %s".formatted(id)));
        // An executor may be writing this row just now; it is waited for rather than refused.
        entities.refresh(row, LockModeType.PESSIMISTIC_WRITE);
        Run before = rows.read(row);
        Run after = change.apply(before);
        if (!after.equals(before)) {
            rows.write(row, after, clock.instant());
            try {
                entities.flush();
            } catch (OptimisticLockException changed) {
                throw new HoldfastException(
                        CommonError.CONCURRENT_MODIFICATION,
                        "run %s was changed just now; try again".formatted(id),
                        changed);
            }
        }
        return after;
    }

    @Override
    @Transactional
    public List<Run> list(Filter filter, Optional<Place> after, int limit) {
        List<String> where = new ArrayList<>();
        Map<String, Object> parameters = new HashMap<>();
        filter.planId().ifPresent(plan -> {
            where.add("planId = :plan");
            parameters.put("plan", plan.value());
        });
        filter.state().ifPresent(state -> {
            where.add("state = :state");
            parameters.put("state", state);
        });
        after.ifPresent(place -> {
            where.add("(orderedAt < :at or orderedAt = :at and id < :id)");
            parameters.put("at", place.orderedAt());
            parameters.put("id", place.id().value());
        });
        String condition = where.isEmpty() ? "" : " where " + String.join(" and ", where);
        TypedQuery<RunRow> query =
                entities.createQuery("from RunRow" + condition + " order by orderedAt desc, id desc", RunRow.class);
        parameters.forEach(query::setParameter);
        return query.setMaxResults(limit).getResultStream().map(rows::read).toList();
    }

    @Override
    @Transactional
    public Optional<Run> lastGoodTest(PlanId planId) {
        return entities.createQuery(
                        "from RunRow where planId = :plan and mode = 'TEST' and state = 'SUCCEEDED' and recovered order by orderedAt desc",
                        RunRow.class)
                .setParameter("plan", planId.value())
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .map(rows::read);
    }

    @Override
    @Transactional
    public List<Duration> recoveryTimes(PlanId planId, int limit) {
        return entities.createQuery(
                        "from RunRow where planId = :plan and recovered and endedAt is not null order by orderedAt desc",
                        RunRow.class)
                .setParameter("plan", planId.value())
                .setMaxResults(limit)
                .getResultStream()
                .flatMap(row -> rows.report(row).map(RunReport::rto).stream())
                .toList();
    }
}
