package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.platform.db.Outbox;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.adapter.kafka.MachineCommands;
import io.holdfast.recoveryplan.execution.SourceOrders;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Orders about VMs of the source through the outbox, and what came back, in PostgreSQL. Each order has its rows among the commands about machines; another command is sent
 * only when the one before expired on its way, or its answer can be waited for no longer: an agent that was restarted has forgotten it.
 */
@ApplicationScoped
public class SqlSourceOrders implements SourceOrders {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    /** From the end of a guest's grace until its agent's answer is here. */
    private static final Duration ANSWER_ON_ITS_WAY = Duration.ofSeconds(15);

    private final EntityManager entities;
    private final Outbox outbox;
    private final RecoveryPlanSettings settings;
    private final Clock clock;

    @Inject
    public SqlSourceOrders(EntityManager entities, Outbox outbox, RecoveryPlanSettings settings, Clock clock) {
        this.entities = entities;
        this.outbox = outbox;
        this.settings = settings;
        this.clock = clock;
    }

    private record Sent(Instant at, Optional<Answer> answer) {
        boolean isDelivered() {
            return answer.filter(one -> one.code().equals(ForeignCode.EXPIRED)).isEmpty();
        }
    }

    @Override
    public Optional<Answer> shutDown(UUID orderId, AgentId agent, VmId vm, Duration grace) {
        long deadline = System.nanoTime() + settings.machineAnswerWait().toNanos();
        while (true) {
            Optional<Answer> answer = QuarkusTransaction.requiringNew().call(() -> look(orderId, agent, vm, grace));
            if (answer.isPresent()
                    || System.nanoTime() >= deadline
                    || Thread.currentThread().isInterrupted()) {
                return answer;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    /** The answer to the newest command of the order that was delivered; sends one if none can be answered any more. */
    private Optional<Answer> look(UUID orderId, AgentId agent, VmId vm, Duration grace) {
        List<Sent> sent = sent(orderId);
        Optional<Answer> answer = sent.stream()
                .filter(Sent::isDelivered)
                .flatMap(one -> one.answer().stream())
                .findFirst();
        if (answer.isPresent()) {
            return answer;
        }
        Instant answerable = clock.instant()
                .minus(settings.machineOrderExpiry())
                .minus(grace)
                .minus(ANSWER_ON_ITS_WAY);
        boolean underWay =
                sent.stream().anyMatch(one -> one.answer().isEmpty() && one.at().isAfter(answerable));
        if (!underWay) {
            send(orderId, sent.size(), agent, vm, grace);
        }
        return Optional.empty();
    }

    /** Two executors may send the same number: the command is the same. */
    private void send(UUID orderId, int number, AgentId agent, VmId vm, Duration grace) {
        UUID commandId = UUID.nameUUIDFromBytes(
                "command/%s/%d".formatted(orderId, number).getBytes(StandardCharsets.UTF_8));
        Instant now = clock.instant();
        AgentCommand command =
                MachineCommands.shutDown(vm, grace, commandId, agent, now, now.plus(settings.machineOrderExpiry()));
        int inserted = entities.createNativeQuery("""
                        INSERT INTO machine_commands (command_id, machine_id, stops, sent_at) VALUES (:command, :order, false, :now)
                        ON CONFLICT (command_id) DO NOTHING
                        """)
                .setParameter("command", commandId)
                .setParameter("order", orderId)
                .setParameter("now", now)
                .executeUpdate();
        if (inserted == 1) {
            outbox.add(Topic.AGENT_COMMANDS, agent.toString(), command);
        }
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    private List<Sent> sent(UUID orderId) {
        List<Tuple> rows = entities.createNativeQuery("""
                        SELECT sent_at, ok, error_code, message FROM machine_commands WHERE machine_id = :order ORDER BY sent_at DESC
                        """, Tuple.class)
                .setParameter("order", orderId)
                .getResultList();
        return rows.stream()
                .map(row -> new Sent(
                        row.get("sent_at", Instant.class),
                        Optional.ofNullable(row.get("ok", Boolean.class))
                                .map(ok -> new Answer(
                                        ok, row.get("error_code", String.class), row.get("message", String.class)))))
                .toList();
    }
}
