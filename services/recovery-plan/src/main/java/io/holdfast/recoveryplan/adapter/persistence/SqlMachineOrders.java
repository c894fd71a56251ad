package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.RunId;
import io.holdfast.platform.db.Outbox;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.AgentCommand;
import io.holdfast.recoveryplan.adapter.config.RecoveryPlanSettings;
import io.holdfast.recoveryplan.adapter.kafka.MachineCommands;
import io.holdfast.recoveryplan.execution.MachineOrders;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.machine.MachineError;
import io.holdfast.recoveryplan.machine.MachineOrder;
import io.holdfast.recoveryplan.machine.MachineWord;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Orders to agents through the outbox, and what came back, in PostgreSQL. The row of a machine is locked by whoever orders anything of it, in the transaction
 * that sends: after an order to stop nobody sends one to start.
 */
@ApplicationScoped
public class SqlMachineOrders implements MachineOrders {
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);
    /** Longer than a run can clean up, and than an answer stays on its topic. */
    private static final Duration KEPT = Duration.ofDays(15);

    private final EntityManager entities;
    private final Outbox outbox;
    private final RecoveryPlanSettings settings;
    private final Clock clock;

    @Inject
    public SqlMachineOrders(EntityManager entities, Outbox outbox, RecoveryPlanSettings settings, Clock clock) {
        this.entities = entities;
        this.outbox = outbox;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public MachineWord start(MachineOrder order, UUID commandId) {
        AgentId agent = order.placement().agent();
        QuarkusTransaction.requiringNew().run(() -> {
            if (lock(order.runId(), agent, order.machineId(), true, false)) {
                throw new HoldfastException(
                        MachineError.MACHINE_STOP_ORDERED,
                        "machine %s was ordered to stop; it is not started any more".formatted(order.machineId()));
            }
            if (word(order.machineId(), commandId) instanceof MachineWord.Silence) {
                send(agent, order.machineId(), MachineCommands.start(order, commandId, agent, now(), expiry()));
            }
        });
        return listen(() -> word(order.machineId(), commandId), SqlMachineOrders::isDecisive);
    }

    private static boolean isDecisive(MachineWord word) {
        return switch (word) {
            case MachineWord.Silence _ -> false;
            case MachineWord.Refused _ -> true;
            case MachineWord.Reported reported -> reported.state() != MachineWord.State.STARTING;
        };
    }

    private MachineWord word(UUID machineId, UUID commandId) {
        Optional<MachineWord> reported = reported(machineId).map(MachineWord.class::cast);
        return reported.or(() -> refusal(machineId, commandId)).orElseGet(MachineWord.Silence::new);
    }

    @Override
    public MachineWord look(AgentId agent, UUID machineId) {
        return QuarkusTransaction.requiringNew().call(() -> reported(machineId)
                .<MachineWord>map(MachineWord.class::cast)
                .orElseGet(MachineWord.Silence::new));
    }

    @Override
    public Stopped stop(RunId run, AgentId agent, UUID machineId, UUID commandId, Duration grace) {
        boolean ordered = QuarkusTransaction.requiringNew().call(() -> {
            lock(run, agent, machineId, false, true);
            boolean everOrdered = everOrdered(machineId);
            if (everOrdered && gone(machineId) == Stopped.NOT_YET) {
                send(agent, machineId, MachineCommands.stop(machineId, grace, commandId, agent, now(), expiry()));
            }
            return everOrdered;
        });
        if (!ordered) {
            return Stopped.NEVER_ORDERED;
        }
        return listen(() -> gone(machineId), stopped -> stopped != Stopped.NOT_YET);
    }

    private Stopped gone(UUID machineId) {
        return agreedToStop(machineId) && reported(machineId).isEmpty() ? Stopped.GONE : Stopped.NOT_YET;
    }

    /**
     * Locks the machine's row, making it if there is none, and adds what is ordered now.
     *
     * @return whether it was stopped before
     */
    private boolean lock(RunId run, AgentId agent, UUID machineId, boolean start, boolean stop) {
        entities.createNativeQuery("""
                        INSERT INTO machine_orders (machine_id, run_id, agent_id, ordered, stopped, changed_at)
                        VALUES (:machine, :run, :agent, false, false, :now) ON CONFLICT (machine_id) DO NOTHING
                        """)
                .setParameter("machine", machineId)
                .setParameter("run", run.value())
                .setParameter("agent", agent.value())
                .setParameter("now", now())
                .executeUpdate();
        boolean stopped = (Boolean) entities.createNativeQuery(
                        "SELECT stopped FROM machine_orders WHERE machine_id = :machine FOR UPDATE", Boolean.class)
                .setParameter("machine", machineId)
                .getSingleResult();
        entities.createNativeQuery("""
                        UPDATE machine_orders SET ordered = ordered OR (:start AND NOT stopped), stopped = stopped OR :stop, changed_at = :now
                        WHERE machine_id = :machine
                        """)
                .setParameter("machine", machineId)
                .setParameter("start", start)
                .setParameter("stop", stop)
                .setParameter("now", now())
                .executeUpdate();
        return stopped;
    }

    private boolean everOrdered(UUID machineId) {
        return (Boolean) entities.createNativeQuery(
                        "SELECT ordered FROM machine_orders WHERE machine_id = :machine", Boolean.class)
                .setParameter("machine", machineId)
                .getSingleResult();
    }

    private void send(AgentId agent, UUID machineId, AgentCommand command) {
        entities.createNativeQuery("""
                        INSERT INTO machine_commands (command_id, machine_id, stops, sent_at) VALUES (:command, :machine, :stops, :now)
                        ON CONFLICT (command_id) DO NOTHING
                        """)
                .setParameter("command", UUID.fromString(command.getCommandId()))
                .setParameter("machine", machineId)
                .setParameter("stops", command.hasStopMachine())
                .setParameter("now", now())
                .executeUpdate();
        outbox.add(Topic.AGENT_COMMANDS, agent.toString(), command);
    }

    /** Whether the agent has agreed to stop it, by the answer to any of our orders: one may come after its attempt has ended. */
    private boolean agreedToStop(UUID machineId) {
        return !tuples("SELECT command_id FROM machine_commands WHERE machine_id = :id AND stops AND ok", machineId)
                .isEmpty();
    }

    /**
     * The newest refusal of an order to start it. One that only came too late ({@code COMMAND_EXPIRED}) counts for the attempt that sent it; any other
     * one is final for this machine, whenever its answer comes.
     */
    private Optional<MachineWord> refusal(UUID machineId, UUID commandId) {
        return tuples("""
                        SELECT command_id, error_code, message FROM machine_commands
                        WHERE machine_id = :id AND NOT stops AND NOT ok ORDER BY sent_at DESC
                        """, machineId).stream()
                .filter(row -> !row.get("error_code", String.class).equals(ForeignCode.EXPIRED)
                        || row.get("command_id", UUID.class).equals(commandId))
                .<MachineWord>map(row ->
                        new MachineWord.Refused(row.get("error_code", String.class), row.get("message", String.class)))
                .findFirst();
    }

    private Optional<MachineWord.Reported> reported(UUID machineId) {
        return tuples("""
                        SELECT state, state_since, error_code, message, ready_at, console_tail FROM machine_reports WHERE machine_id = :id
                        """, machineId).stream()
                .map(row -> new MachineWord.Reported(
                        MachineWord.State.valueOf(row.get("state", String.class)),
                        row.get("state_since", Instant.class),
                        row.get("error_code", String.class),
                        row.get("message", String.class),
                        Optional.ofNullable(row.get("ready_at", Instant.class)),
                        row.get("console_tail", String.class)))
                .findFirst();
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    private List<Tuple> tuples(String sql, UUID id) {
        return entities.createNativeQuery(sql, Tuple.class)
                .setParameter("id", id)
                .getResultList();
    }

    /** Looks again until there is something decisive, at most for the answer wait; the thread's interruption ends it too. */
    private <T> T listen(Supplier<T> look, java.util.function.Predicate<T> decisive) {
        long deadline = System.nanoTime() + settings.machineAnswerWait().toNanos();
        while (true) {
            T seen = QuarkusTransaction.requiringNew().call(look::get);
            if (decisive.test(seen)
                    || System.nanoTime() >= deadline
                    || Thread.currentThread().isInterrupted()) {
                return seen;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private Instant now() {
        return clock.instant();
    }

    private Instant expiry() {
        return now().plus(settings.machineOrderExpiry());
    }

    @Scheduled(every = "1h", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void forgetOld() {
        Instant before = now().minus(KEPT);
        QuarkusTransaction.requiringNew().run(() -> {
            entities.createNativeQuery("DELETE FROM machine_commands WHERE sent_at < :before")
                    .setParameter("before", before)
                    .executeUpdate();
            entities.createNativeQuery("""
                            DELETE FROM machine_orders o WHERE changed_at < :before
                              AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = o.run_id AND r.ended_at IS NULL)
                            """).setParameter("before", before).executeUpdate();
        });
    }
}
