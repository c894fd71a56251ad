package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.id.PlanId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import io.holdfast.recoveryplan.rehearsal.RehearsalPolicy;
import io.holdfast.recoveryplan.rehearsal.RehearsalRules;
import io.holdfast.recoveryplan.rehearsal.RehearsalSchedule;
import io.holdfast.recoveryplan.run.Mode;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Policies of rehearsals, and which of them are due, in PostgreSQL. Every call is part of the caller's transaction, or makes one of its own. */
@ApplicationScoped
public class SqlRehearsals {
    /** Lines about skipped times that are older go away. */
    private static final Duration SKIPPED_KEPT = Duration.ofDays(400);

    private static final Set<String> MOVED = Set.of("FAILING_OVER", "FAILED_OVER");
    private static final List<String> FAILOVERS = Arrays.stream(Mode.values())
            .filter(Mode::isFailover)
            .map(Mode::name)
            .toList();

    private final EntityManager entities;
    private final ProtectedGroups groups;
    private final DocumentMapper documents = new DocumentMapper();

    @Inject
    public SqlRehearsals(EntityManager entities, ProtectedGroups groups) {
        this.entities = entities;
        this.groups = groups;
    }

    /** @param nextAt the next due time; empty = none */
    public record Stored(RehearsalPolicy policy, Optional<Instant> nextAt, Instant changedAt, String changedBy) {}

    /** Held until the transaction ends. @param dueAt is not in the future */
    public record DueSchedule(RehearsalSchedule schedule, Instant dueAt) {}

    /** What became of a due time. @param run or, instead, {@code skip} */
    public record Noted(
            PlanId plan,
            RehearsalSchedule.Due due,
            Duration serveFor,
            Optional<RunId> run,
            Optional<RehearsalRules.Skip> skip) {}

    /** A run of a schedule that is READY. */
    public record Serving(RunId run, Duration serveFor) {}

    @Transactional
    public Optional<Stored> policy(PlanId plan) {
        return tuples("""
                        SELECT cast(document AS text) AS document, next_at, changed_at, changed_by FROM rehearsal_policies
                        WHERE plan_id = :plan
                        """, "plan", plan.value()).stream()
                .findFirst()
                .map(row -> new Stored(
                        documents.read(RehearsalPolicy.class, row.get("document", String.class)),
                        Optional.ofNullable(row.get("next_at", Instant.class)),
                        row.get("changed_at", Instant.class),
                        row.get("changed_by", String.class)));
    }

    @Transactional
    public void put(PlanId plan, RehearsalPolicy policy, Optional<Instant> nextAt, String by, Instant now) {
        entities.createNativeQuery("""
                        INSERT INTO rehearsal_policies (plan_id, document, overdue_after_seconds, next_at, changed_at, changed_by)
                        VALUES (:plan, cast(:document AS jsonb), cast(:overdue AS bigint), cast(:next AS timestamptz), :at, :by)
                        ON CONFLICT (plan_id) DO UPDATE
                        SET document = excluded.document, overdue_after_seconds = excluded.overdue_after_seconds,
                            next_at = excluded.next_at, changed_at = excluded.changed_at, changed_by = excluded.changed_by
                        """)
                .setParameter("plan", plan.value())
                .setParameter("document", documents.write(policy))
                .setParameter(
                        "overdue",
                        policy.overdueAfter()
                                .map(after -> Long.toString(after.toSeconds()))
                                .orElse(null))
                .setParameter("next", text(nextAt))
                .setParameter("at", now)
                .setParameter("by", by)
                .executeUpdate();
    }

    @Transactional
    public void remove(PlanId plan) {
        entities.createNativeQuery("DELETE FROM rehearsal_policies WHERE plan_id = :plan")
                .setParameter("plan", plan.value())
                .executeUpdate();
    }

    /** Plans with a due time that nobody has noted, the longest due first. */
    @Transactional
    public List<PlanId> due(Instant now, int limit) {
        return tuples("""
                        SELECT s.plan_id FROM rehearsal_policies s JOIN plans p ON p.id = s.plan_id AND p.deleted_at IS NULL
                        WHERE s.next_at <= :now ORDER BY s.next_at LIMIT %d
                        """.formatted(limit), "now", now).stream()
                .map(row -> new PlanId(row.get("plan_id", UUID.class)))
                .toList();
    }

    /** Empty if it is not due any more, or another instance has it just now. */
    @Transactional
    public Optional<DueSchedule> lock(PlanId plan, Instant now) {
        List<Tuple> rows = tuples("""
                        SELECT cast(document AS text) AS document, next_at FROM rehearsal_policies
                        WHERE plan_id = :plan AND next_at IS NOT NULL FOR UPDATE SKIP LOCKED
                        """, "plan", plan.value());
        return rows.stream()
                .filter(row -> !row.get("next_at", Instant.class).isAfter(now))
                .findFirst()
                .flatMap(row ->
                        documents.read(RehearsalPolicy.class, row.get("document", String.class)).schedule().stream()
                                .map(schedule -> new DueSchedule(schedule, row.get("next_at", Instant.class)))
                                .findFirst());
    }

    /** Stores what became of a due time, and the next one. */
    @Transactional
    public void note(Noted noted, Instant now) {
        // The run that was just added has to be there.
        entities.flush();
        entities.createNativeQuery("""
                        INSERT INTO rehearsals (id, plan_id, due_at, noted_at, missed_before, run_id, serve_millis, skip_code, skip_reason)
                        VALUES (:id, :plan, :due, :now, :missed, cast(:run AS uuid), :serve, :code, :reason)
                        """)
                .setParameter("id", noted.run().map(RunId::value).orElseGet(UUID::randomUUID))
                .setParameter("plan", noted.plan().value())
                .setParameter("due", noted.due().at())
                .setParameter("now", now)
                .setParameter("missed", noted.due().before())
                .setParameter(
                        "run", noted.run().map(run -> run.value().toString()).orElse(null))
                .setParameter("serve", noted.serveFor().toMillis())
                .setParameter(
                        "code", noted.skip().map(RehearsalRules.Skip::code).orElse(null))
                .setParameter(
                        "reason", noted.skip().map(RehearsalRules.Skip::reason).orElse(null))
                .executeUpdate();
        entities.createNativeQuery(
                        "UPDATE rehearsal_policies SET next_at = cast(:next AS timestamptz) WHERE plan_id = :plan")
                .setParameter("next", text(noted.due().next()))
                .setParameter("plan", noted.plan().value())
                .executeUpdate();
        entities.createNativeQuery(
                        "DELETE FROM rehearsals WHERE plan_id = :plan AND run_id IS NULL AND noted_at < :before")
                .setParameter("plan", noted.plan().value())
                .setParameter("before", now.minus(SKIPPED_KEPT))
                .executeUpdate();
    }

    /** What else goes on. */
    @Transactional
    public RehearsalRules.Site site(Plan plan) {
        Optional<String> moved = groups.find(plan.definition().pgIds()).values().stream()
                .filter(group -> MOVED.contains(group.lifecycle()))
                .map(SqlRehearsals::described)
                .sorted()
                .findFirst();
        return new RehearsalRules.Site(
                firstRun("plan_id = :value", plan.id().value()), firstRun("mode IN (:value)", FAILOVERS), moved);
    }

    private static String described(ProtectedGroup group) {
        return "'%s' is %s".formatted(group.name(), group.lifecycle());
    }

    private Optional<RunId> firstRun(String where, Object value) {
        return tuples(
                        "SELECT id FROM runs WHERE ended_at IS NULL AND " + where + " ORDER BY ordered_at LIMIT 1",
                        "value",
                        value)
                .stream()
                .findFirst()
                .map(row -> new RunId(row.get("id", UUID.class)));
    }

    /** At most {@code limit}. */
    @Transactional
    public List<Serving> serving(int limit) {
        return tuples("""
                        SELECT h.run_id, h.serve_millis FROM rehearsals h JOIN runs r ON r.id = h.run_id
                        WHERE r.ended_at IS NULL AND r.state = :ready ORDER BY h.noted_at LIMIT %d
                        """.formatted(limit), "ready", "READY").stream()
                .map(row -> new Serving(
                        new RunId(row.get("run_id", UUID.class)),
                        Duration.ofMillis(row.get("serve_millis", Long.class))))
                .collect(Collectors.toList());
    }

    private static String text(Optional<Instant> instant) {
        return instant.map(Instant::toString).orElse(null);
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    private List<Tuple> tuples(String sql, String name, Object value) {
        return entities.createNativeQuery(sql, Tuple.class)
                .setParameter(name, value)
                .getResultList();
    }
}
