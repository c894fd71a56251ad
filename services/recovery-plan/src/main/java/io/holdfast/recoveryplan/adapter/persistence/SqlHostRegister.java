package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.recoveryplan.execution.MachineHosts;
import io.holdfast.recoveryplan.machine.HostRegister;
import io.holdfast.recoveryplan.machine.MachineCapture;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.machine.MachineWord;
import io.quarkus.narayana.jta.QuarkusTransaction;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Hosts, their machines and the answers to commands in PostgreSQL. */
@ApplicationScoped
public class SqlHostRegister implements HostRegister, MachineHosts, MachineCapture.Known {
    private final EntityManager entities;
    private final DocumentMapper documents = new DocumentMapper();

    @Inject
    public SqlHostRegister(EntityManager entities) {
        this.entities = entities;
    }

    @Override
    @Transactional
    public void learn(MachineHost host, long memoryLimit, long memoryUsed, long revision) {
        entities.createNativeQuery("""
                        INSERT INTO machine_hosts AS h (host_id, name, agent_id, connected, runs_machines, memory_limit, memory_used,
                                                        networks, revision)
                        VALUES (:host, :name, :agent, :connected, :hosts, :limit, :used, cast(:networks AS jsonb), :revision)
                        ON CONFLICT (host_id) DO UPDATE
                        SET name = excluded.name, agent_id = excluded.agent_id, connected = excluded.connected,
                            runs_machines = excluded.runs_machines, memory_limit = excluded.memory_limit,
                            memory_used = excluded.memory_used, networks = excluded.networks, revision = excluded.revision
                        WHERE h.revision <= excluded.revision
                        """)
                .setParameter("host", host.id().value())
                .setParameter("name", host.name())
                .setParameter("agent", host.agent().value())
                .setParameter("connected", host.connected())
                .setParameter("hosts", host.hosts())
                .setParameter("limit", memoryLimit)
                .setParameter("used", memoryUsed)
                .setParameter(
                        "networks",
                        documents.write(host.networks().stream().sorted().toArray()))
                .setParameter("revision", revision)
                .executeUpdate();
    }

    @Override
    @Transactional
    public void forget(HostId id) {
        entities.createNativeQuery("DELETE FROM machine_hosts WHERE host_id = :host")
                .setParameter("host", id.value())
                .executeUpdate();
    }

    @Override
    @Transactional
    public void report(AgentId agent, Map<UUID, MachineWord.Reported> machines, Instant at) {
        List<?> known = entities.createNativeQuery(
                        "SELECT machine_id FROM machine_reports WHERE agent_id = :agent", UUID.class)
                .setParameter("agent", agent.value())
                .getResultList();
        Set<UUID> gone = new HashSet<>();
        known.forEach(id -> gone.add((UUID) id));
        gone.removeAll(machines.keySet());
        for (UUID id : gone) {
            entities.createNativeQuery("DELETE FROM machine_reports WHERE machine_id = :machine")
                    .setParameter("machine", id)
                    .executeUpdate();
        }
        machines.forEach((id, word) -> upsert(agent, id, word, at));
    }

    private void upsert(AgentId agent, UUID machine, MachineWord.Reported word, Instant at) {
        entities.createNativeQuery("""
                        INSERT INTO machine_reports (machine_id, agent_id, state, state_since, error_code, message, ready_at, console_tail,
                                                     reported_at, capture)
                        VALUES (:machine, :agent, :state, :since, :code, :message, cast(:ready AS timestamptz), :tail, :at,
                                cast(:capture AS jsonb))
                        ON CONFLICT (machine_id) DO UPDATE
                        SET agent_id = excluded.agent_id, state = excluded.state, state_since = excluded.state_since,
                            error_code = excluded.error_code, message = excluded.message, ready_at = excluded.ready_at,
                            console_tail = excluded.console_tail, reported_at = excluded.reported_at,
                            capture = excluded.capture
                        """)
                .setParameter("machine", machine)
                .setParameter("agent", agent.value())
                .setParameter("state", word.state().name())
                .setParameter("since", word.since())
                .setParameter("code", word.code())
                .setParameter("message", word.message())
                .setParameter("ready", word.readyAt().map(Instant::toString).orElse(null))
                .setParameter("tail", word.consoleTail())
                .setParameter("capture", word.capture().map(documents::write).orElse(null))
                .setParameter("at", at)
                .executeUpdate();
    }

    @Override
    @Transactional
    public void answered(CommandId command, boolean ok, String code, String message) {
        entities.createNativeQuery("""
                        UPDATE machine_commands SET ok = :ok, error_code = :code, message = :message
                        WHERE command_id = :command AND ok IS NULL
                        """)
                .setParameter("ok", ok)
                .setParameter("code", code)
                .setParameter("message", message)
                .setParameter("command", command.value())
                .executeUpdate();
    }

    @Override
    public List<MachineHost> all() {
        return QuarkusTransaction.requiringNew().call(() -> {
            List<Tuple> rows = tuples("""
                    SELECT host_id, name, agent_id, connected, runs_machines, memory_limit - memory_used AS free,
                           cast(networks AS text) AS networks
                    FROM machine_hosts
                    """);
            return rows.stream().map(this::host).toList();
        });
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    @Override
    @Transactional
    public Optional<MachineCapture> of(UUID machineId) {
        List<String> found = entities.createNativeQuery(
                        "SELECT cast(capture AS text) FROM machine_reports WHERE machine_id = :machine AND capture IS NOT NULL",
                        String.class)
                .setParameter("machine", machineId)
                .getResultList();
        return found.stream().findFirst().map(json -> documents.read(MachineCapture.class, json));
    }

    private MachineHost host(Tuple row) {
        return new MachineHost(
                new HostId(row.get("host_id", UUID.class)),
                row.get("name", String.class),
                new AgentId(row.get("agent_id", UUID.class)),
                row.get("connected", Boolean.class),
                row.get("runs_machines", Boolean.class),
                Math.max(0, row.get("free", Long.class)),
                Set.of(documents.read(String[].class, row.get("networks", String.class))));
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    private List<Tuple> tuples(String sql) {
        return entities.createNativeQuery(sql, Tuple.class).getResultList();
    }
}
