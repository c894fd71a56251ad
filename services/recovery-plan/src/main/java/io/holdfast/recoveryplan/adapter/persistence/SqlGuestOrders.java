package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.id.CommandId;
import io.holdfast.platform.db.Outbox;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.adapter.kafka.MachineCommands;
import io.holdfast.recoveryplan.execution.GuestOrders;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.machine.GuestOrder;
import io.holdfast.recoveryplan.machine.GuestRegister;
import io.holdfast.recoveryplan.machine.GuestWord;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.transaction.Transactional;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** Orders for guests through the outbox, and what came back, in PostgreSQL. An order of which nothing is heard is sent again when its time is over. */
@ApplicationScoped
public class SqlGuestOrders implements GuestOrders, GuestRegister {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
    /** Longer than a run can clean up, and than a report stays on its topic. */
    private static final Duration KEPT = Duration.ofDays(15);

    private final EntityManager entities;
    private final Outbox outbox;
    private final RecoveryPlanSettings settings;
    private final Clock clock;

    @Inject
    public SqlGuestOrders(EntityManager entities, Outbox outbox, RecoveryPlanSettings settings, Clock clock) {
        this.entities = entities;
        this.outbox = outbox;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public GuestWord run(GuestOrder order) {
        // The agent waits for the guest that long before it begins, and that long from then on.
        Duration limit = order.hook()
                .timeout()
                .multipliedBy(2)
                .plus(settings.machineOrderExpiry())
                .plus(settings.machineAnswerWait());
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            Optional<GuestWord> word =
                    QuarkusTransaction.requiringNew().call(() -> heard(order).or(() -> sendIfDue(order)));
            boolean over =
                    System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted();
            if (word.isPresent() || over) {
                return word.orElseGet(GuestWord.Silence::new);
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private Optional<GuestWord> heard(GuestOrder order) {
        return tuples("""
                        SELECT error_code, message, output FROM guest_reports
                        WHERE machine_id = :machine AND key = :key AND attempt >= :attempt AND ended
                        """, order).stream()
                .<GuestWord>map(row -> new GuestWord.Ended(
                        row.get("error_code", String.class),
                        row.get("message", String.class),
                        row.get("output", String.class)))
                .findFirst();
    }

    /** @return the refusal of an order; one that only came too late is sent again */
    private Optional<GuestWord> sendIfDue(GuestOrder order) {
        List<Tuple> sent = tuples("""
                SELECT sent_at, ok, error_code, message FROM guest_orders
                WHERE machine_id = :machine AND key = :key AND attempt = :attempt ORDER BY sent_at DESC
                """, order);
        Optional<GuestWord> refused = sent.stream()
                .filter(row -> Boolean.FALSE.equals(row.get("ok", Boolean.class)))
                .filter(row -> !row.get("error_code", String.class).equals(ForeignCode.EXPIRED))
                .<GuestWord>map(row ->
                        new GuestWord.Refused(row.get("error_code", String.class), row.get("message", String.class)))
                .findFirst();
        boolean due = sent.isEmpty()
                || sent.getFirst().get("ok", Boolean.class) != Boolean.TRUE
                        && !sent.getFirst()
                                .get("sent_at", Instant.class)
                                .plus(settings.machineOrderExpiry())
                                .isAfter(clock.instant());
        if (refused.isEmpty() && due) {
            send(order, sent.size());
        }
        return refused;
    }

    private void send(GuestOrder order, int number) {
        String name = "guest/%s/%s/%d/%d".formatted(order.machineId(), order.key(), order.attempt(), number);
        UUID command = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
        entities.createNativeQuery("""
                        INSERT INTO guest_orders (command_id, machine_id, key, attempt, sent_at) VALUES (:command, :machine, :key, :attempt, :now)
                        ON CONFLICT (command_id) DO NOTHING
                        """)
                .setParameter("command", command)
                .setParameter("machine", order.machineId())
                .setParameter("key", order.key())
                .setParameter("attempt", order.attempt())
                .setParameter("now", clock.instant())
                .executeUpdate();
        outbox.add(
                Topic.AGENT_COMMANDS,
                order.agent().toString(),
                MachineCommands.runInGuest(
                        order, command, clock.instant(), clock.instant().plus(settings.machineOrderExpiry())));
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    private List<Tuple> tuples(String sql, GuestOrder order) {
        return entities.createNativeQuery(sql, Tuple.class)
                .setParameter("machine", order.machineId())
                .setParameter("key", order.key())
                .setParameter("attempt", order.attempt())
                .getResultList();
    }

    @Override
    @Transactional
    public void report(UUID machineId, List<Seen> commands, Instant at) {
        for (Seen seen : commands) {
            GuestWord.Ended word = seen.ended().orElseGet(() -> new GuestWord.Ended("", "", ""));
            entities.createNativeQuery("""
                            INSERT INTO guest_reports (machine_id, key, attempt, ended, error_code, message, output, reported_at)
                            VALUES (:machine, :key, :attempt, :ended, :code, :message, :output, :at)
                            ON CONFLICT (machine_id, key) DO UPDATE
                            SET attempt = excluded.attempt, ended = excluded.ended, error_code = excluded.error_code, message = excluded.message,
                                output = excluded.output, reported_at = excluded.reported_at
                            """)
                    .setParameter("machine", machineId)
                    .setParameter("key", seen.key())
                    .setParameter("attempt", seen.attempt())
                    .setParameter("ended", seen.ended().isPresent())
                    .setParameter("code", word.code())
                    .setParameter("message", word.message())
                    .setParameter("output", word.output())
                    .setParameter("at", at)
                    .executeUpdate();
        }
    }

    @Override
    @Transactional
    public void answered(CommandId command, boolean ok, String code, String message) {
        entities.createNativeQuery("""
                        UPDATE guest_orders SET ok = :ok, error_code = :code, message = :message WHERE command_id = :command AND ok IS NULL
                        """)
                .setParameter("ok", ok)
                .setParameter("code", code)
                .setParameter("message", message)
                .setParameter("command", command.value())
                .executeUpdate();
    }

    @Scheduled(every = "1h", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void forgetOld() {
        Instant before = clock.instant().minus(KEPT);
        QuarkusTransaction.requiringNew().run(() -> {
            for (String sql : List.of(
                    "DELETE FROM guest_orders WHERE sent_at < :before",
                    "DELETE FROM guest_reports WHERE reported_at < :before")) {
                entities.createNativeQuery(sql).setParameter("before", before).executeUpdate();
            }
        });
    }
}
