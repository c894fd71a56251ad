package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.RunId;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.execution.RunStore;
import io.holdfast.recoveryplan.execution.Turn;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.OptimisticLockException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * Runs in PostgreSQL, for their executors. Times of leases are the database's own, so that the clocks of two instances need not agree. A turn
 * locks the lease's row first and thereby waits for, and then fails against, somebody who is just taking the lease over.
 */
@ApplicationScoped
public class JpaRunStore implements RunStore {
    /** A command through REST can come between reading and writing; more than a few in a row are a defect. */
    private static final int ATTEMPTS = 5;

    private final EntityManager entities;
    private final RunRows rows;
    private final Duration leaseDuration;
    private final String owner;

    @Inject
    public JpaRunStore(EntityManager entities, RunRows rows, RecoveryPlanSettings settings) {
        this(entities, rows, settings.leaseDuration(), UUID.randomUUID().toString());
    }

    JpaRunStore(EntityManager entities, RunRows rows, Duration leaseDuration, String owner) {
        this.entities = entities;
        this.rows = rows;
        this.leaseDuration = leaseDuration;
        this.owner = owner;
    }

    /** Runs that have not ended, whose time has come and that nobody executes, the longest waiting first. */
    public List<RunId> due(int limit) {
        return QuarkusTransaction.requiringNew().call(() -> {
            List<?> ids = entities.createNativeQuery("""
                            SELECT r.id FROM runs r LEFT JOIN run_leases l ON l.run_id = r.id
                            WHERE r.ended_at IS NULL AND r.next_at <= clock_timestamp()
                              AND (l.run_id IS NULL OR l.held_until < clock_timestamp())
                            ORDER BY r.next_at LIMIT :limit
                            """, UUID.class)
                    .setParameter("limit", limit)
                    .getResultList();
            return ids.stream().map(id -> new RunId((UUID) id)).toList();
        });
    }

    @Override
    public Optional<Lease> acquire(RunId runId) {
        List<?> terms = QuarkusTransaction.requiringNew().call(() -> entities.createNativeQuery("""
                                INSERT INTO run_leases AS l (run_id, owner, term, held_until)
                                SELECT id, :owner, 1, clock_timestamp() + make_interval(secs => :seconds)
                                FROM runs WHERE id = :run AND ended_at IS NULL
                                ON CONFLICT (run_id) DO UPDATE
                                SET owner = excluded.owner, term = l.term + 1, held_until = excluded.held_until
                                WHERE l.held_until < clock_timestamp()
                                RETURNING term
                                """, Long.class)
                .setParameter("owner", owner)
                .setParameter("seconds", seconds())
                .setParameter("run", runId.value())
                .getResultList());
        return terms.stream().findFirst().map(term -> new Lease(runId, owner, (Long) term));
    }

    @Override
    public Turn turn(Lease lease, Function<Run, Turn> decision) throws LeaseLostException {
        for (int attempt = 1; ; attempt++) {
            try {
                return QuarkusTransaction.requiringNew()
                        .call(() -> turnOnce(lease, decision))
                        .orElseThrow(() -> new LeaseLostException(lease));
            } catch (RuntimeException failed) {
                if (!isConflict(failed) || attempt == ATTEMPTS) {
                    throw failed;
                }
            }
        }
    }

    /** @return empty if the lease is lost */
    private Optional<Turn> turnOnce(Lease lease, Function<Run, Turn> decision) {
        int held = entities.createNativeQuery("""
                        UPDATE run_leases SET held_until = clock_timestamp() + make_interval(secs => :seconds)
                        WHERE run_id = :run AND owner = :owner AND term = :term
                        """)
                .setParameter("seconds", seconds())
                .setParameter("run", lease.runId().value())
                .setParameter("owner", lease.owner())
                .setParameter("term", lease.term())
                .executeUpdate();
        if (held == 0) {
            return Optional.empty();
        }
        RunRow row = rows.find(lease.runId())
                .orElseThrow(() -> new HoldfastException(
                        CommonError.INTERNAL, "run %s has a lease and no row".formatted(lease.runId())));
        Run before = rows.read(row);
        Turn turn = decision.apply(before);
        if (!turn.run().equals(before) || otherTime(row, turn)) {
            rows.write(row, turn.run(), turn.nextAt());
        }
        return Optional.of(turn);
    }

    /** Whether the row has to say another time; one that is due already stays as it is, however often it is looked at. */
    private static boolean otherTime(RunRow row, Turn turn) {
        if (turn.run().state() instanceof RunState.Ended) {
            return row.nextAt != null;
        }
        Instant next = RunRows.columnValue(turn.nextAt());
        Instant now = Instant.now();
        boolean bothDue = row.nextAt != null && !row.nextAt.isAfter(now) && !next.isAfter(now);
        return !bothDue && !next.equals(row.nextAt);
    }

    @Override
    public void release(Lease lease) {
        QuarkusTransaction.requiringNew().run(() -> entities.createNativeQuery("""
                                UPDATE run_leases SET held_until = '-infinity'
                                WHERE run_id = :run AND owner = :owner AND term = :term
                                """)
                .setParameter("run", lease.runId().value())
                .setParameter("owner", lease.owner())
                .setParameter("term", lease.term())
                .executeUpdate());
    }

    private double seconds() {
        return leaseDuration.toMillis() / 1000.0;
    }

    private static boolean isConflict(Throwable failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof OptimisticLockException || cause instanceof org.hibernate.StaleStateException) {
                return true;
            }
        }
        return false;
    }
}
