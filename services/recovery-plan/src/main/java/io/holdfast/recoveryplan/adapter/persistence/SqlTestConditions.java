package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.rehearsal.TestCondition;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.persistence.Tuple;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Which plans were shown to work, when, and what became of each rehearsal, out of PostgreSQL. */
@ApplicationScoped
public class SqlTestConditions {
    /** Every TEST of a plan, and every due time that was skipped. */
    private static final String LINES = """
            SELECT h.id, h.noted_at AS at, h.due_at, h.missed_before, h.run_id, h.skip_code, h.skip_reason,
                   r.state, r.recovered, r.ended_at, r.document->'order'->>'orderedBy' AS ordered_by
            FROM rehearsals h LEFT JOIN runs r ON r.id = h.run_id WHERE h.plan_id = :plan
            UNION ALL
            SELECT r.id, r.ordered_at, NULL, 0, r.id, NULL, NULL, r.state, r.recovered, r.ended_at, r.document->'order'->>'orderedBy'
            FROM runs r WHERE r.plan_id = :plan AND r.mode = 'TEST' AND NOT EXISTS (SELECT FROM rehearsals h WHERE h.run_id = r.id)
            """;

    private static final String PLANS = """
            SELECT p.id, p.name, s.next_at, s.overdue_after_seconds,
                   (SELECT max(r.ordered_at) FROM runs r
                    WHERE r.plan_id = p.id AND r.mode = 'TEST' AND r.state = 'SUCCEEDED' AND r.recovered) AS last_good
            FROM plans p LEFT JOIN rehearsal_policies s ON s.plan_id = p.id
            WHERE p.deleted_at IS NULL AND\s""";

    private final EntityManager entities;
    private final RecoveryPlanSettings settings;

    @Inject
    public SqlTestConditions(EntityManager entities, RecoveryPlanSettings settings) {
        this.entities = entities;
        this.settings = settings;
    }

    /**
     * A TEST of a plan, or a due time that was skipped.
     *
     * @param at when the run was ordered or the time noted
     * @param dueAt empty if a person ordered it
     * @param missedBefore due times before this one that passed while nobody looked
     * @param run or, instead, {@code skipCode} and {@code skipReason}
     */
    public record Line(
            UUID id,
            Instant at,
            Optional<Instant> dueAt,
            int missedBefore,
            Optional<RunLine> run,
            Optional<String> skipCode,
            Optional<String> skipReason) {}

    /** @param endedAt empty = it goes on */
    public record RunLine(RunId id, String state, boolean recovered, Optional<Instant> endedAt, String orderedBy) {}

    /** @param nextAt its next scheduled rehearsal; empty = none */
    public record PlanLine(PlanId plan, String name, Optional<Instant> nextAt, TestCondition test) {}

    /** Plans by name, beginning after this one; the empty text is before every name. */
    @Transactional
    public List<PlanLine> plans(String afterName, int limit, Instant now) {
        return tuples(PLANS + "p.name > :after ORDER BY p.name LIMIT " + limit, Map.of("after", afterName)).stream()
                .map(row -> plan(row, now))
                .toList();
    }

    /** Empty if there is no such plan. */
    @Transactional
    public Optional<TestCondition> of(PlanId plan, Instant now) {
        return tuples(PLANS + "p.id = :plan", Map.of("plan", plan.value())).stream()
                .findFirst()
                .map(row -> plan(row, now).test());
    }

    private PlanLine plan(Tuple row, Instant now) {
        Duration overdueAfter = Optional.ofNullable(row.get("overdue_after_seconds", Long.class))
                .map(Duration::ofSeconds)
                .orElseGet(settings::testOverdueAfter);
        return new PlanLine(
                new PlanId(row.get("id", UUID.class)),
                row.get("name", String.class),
                Optional.ofNullable(row.get("next_at", Instant.class)),
                TestCondition.of(Optional.ofNullable(row.get("last_good", Instant.class)), overdueAfter, now));
    }

    /** Newest first. @param after time and id of the last line of the page before */
    @Transactional
    public List<Line> history(PlanId plan, Optional<Place> after, int limit) {
        String page = "SELECT * FROM (" + LINES + ") lines"
                + (after.isPresent() ? " WHERE (at, id) < (:at, :id)" : "")
                + " ORDER BY at DESC, id DESC LIMIT " + limit;
        Map<String, Object> values = after.<Map<String, Object>>map(
                        place -> Map.of("plan", plan.value(), "at", place.at(), "id", place.id()))
                .orElseGet(() -> Map.of("plan", plan.value()));
        return tuples(page, values).stream().map(SqlTestConditions::line).toList();
    }

    public record Place(Instant at, UUID id) {}

    private static Line line(Tuple row) {
        Optional<UUID> run = Optional.ofNullable(row.get("run_id", UUID.class));
        return new Line(
                row.get("id", UUID.class),
                row.get("at", Instant.class),
                Optional.ofNullable(row.get("due_at", Instant.class)),
                row.get("missed_before", Integer.class),
                run.map(id -> new RunLine(
                        new RunId(id),
                        row.get("state", String.class),
                        row.get("recovered", Boolean.class),
                        Optional.ofNullable(row.get("ended_at", Instant.class)),
                        row.get("ordered_by", String.class))),
                Optional.ofNullable(row.get("skip_code", String.class)),
                Optional.ofNullable(row.get("skip_reason", String.class)));
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    private List<Tuple> tuples(String sql, Map<String, Object> values) {
        Query query = entities.createNativeQuery(sql, Tuple.class);
        values.forEach(query::setParameter);
        return query.getResultList();
    }
}
