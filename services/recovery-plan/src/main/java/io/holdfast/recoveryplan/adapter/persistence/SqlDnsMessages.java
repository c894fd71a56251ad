package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.dns.DnsError;
import io.holdfast.recoveryplan.dns.DnsMessages;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** In PostgreSQL. The row of a record set is locked by whoever is about to say something of it, so that of two executors one goes first. */
@ApplicationScoped
public class SqlDnsMessages implements DnsMessages {
    /** Longer than a run can clean up. */
    private static final Duration KEPT = Duration.ofDays(15);

    private final EntityManager entities;
    private final Clock clock;

    @Inject
    public SqlDnsMessages(EntityManager entities, Clock clock) {
        this.entities = entities;
        this.clock = clock;
    }

    @Override
    public Optional<Instant> enter(Key key, boolean undo) {
        return QuarkusTransaction.requiringNew().call(() -> {
            Optional<Instant> pending = lock(key, undo);
            if (undo) {
                change(key, "undo_begun = true", Optional.empty());
            }
            return pending;
        });
    }

    @Override
    public void sending(Key key, boolean undo, Optional<Instant> seen, Instant signedAt) {
        QuarkusTransaction.requiringNew().run(() -> {
            if (!lock(key, undo).equals(seen)) {
                throw new HoldfastException(
                        DnsError.DNS_MESSAGE_PENDING, "another message of step %s was sent".formatted(key));
            }
            change(key, "signed_at = :signed", Optional.of(signedAt));
        });
    }

    @Override
    public void answered(Key key, Instant signedAt) {
        QuarkusTransaction.requiringNew()
                .run(() -> change(
                        key,
                        "signed_at = CASE WHEN signed_at = :signed THEN NULL ELSE signed_at END",
                        Optional.of(signedAt)));
    }

    /** Locks the row, making it if there is none. @return the message that is pending */
    private Optional<Instant> lock(Key key, boolean undo) {
        entities.createNativeQuery("""
                        INSERT INTO dns_messages (run_id, update_step, undo_begun, changed_at) VALUES (:run, :step, false, :now)
                        ON CONFLICT (run_id, update_step) DO NOTHING
                        """)
                .setParameter("run", key.run().value())
                .setParameter("step", key.updateStepId())
                .setParameter("now", clock.instant())
                .executeUpdate();
        Tuple row = (Tuple) entities.createNativeQuery("""
                        SELECT undo_begun, signed_at FROM dns_messages WHERE run_id = :run AND update_step = :step FOR UPDATE
                        """, Tuple.class)
                .setParameter("run", key.run().value())
                .setParameter("step", key.updateStepId())
                .getSingleResult();
        if (row.get("undo_begun", Boolean.class) && !undo) {
            throw new HoldfastException(
                    DnsError.DNS_UNDO_BEGUN, "%s is being undone; nothing is sent any more".formatted(key));
        }
        return Optional.ofNullable(row.get("signed_at", Instant.class));
    }

    private void change(Key key, String what, Optional<Instant> signedAt) {
        var update = entities.createNativeQuery(
                        "UPDATE dns_messages SET %s, changed_at = :now WHERE run_id = :run AND update_step = :step"
                                .formatted(what))
                .setParameter("run", key.run().value())
                .setParameter("step", key.updateStepId())
                .setParameter("now", clock.instant());
        signedAt.ifPresent(at -> update.setParameter("signed", at));
        update.executeUpdate();
    }

    @Scheduled(every = "1h", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void forgetOld() {
        QuarkusTransaction.requiringNew().run(() -> entities.createNativeQuery("""
                        DELETE FROM dns_messages m WHERE changed_at < :before
                          AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = m.run_id AND r.ended_at IS NULL)
                        """)
                .setParameter("before", clock.instant().minus(KEPT))
                .executeUpdate());
    }
}
