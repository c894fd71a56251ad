package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.ownership.FenceRegister;
import io.holdfast.recoveryplan.ownership.FenceWord;
import io.holdfast.recoveryplan.ownership.Fences;
import io.holdfast.recoveryplan.ownership.Unsent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/** What agents report about ownership, in PostgreSQL. */
@ApplicationScoped
public class SqlFences implements FenceRegister, Fences {
    private final EntityManager entities;
    private final DocumentMapper documents = new DocumentMapper();

    @Inject
    public SqlFences(EntityManager entities) {
        this.entities = entities;
    }

    @Override
    @Transactional
    public void reported(AgentId agent, List<FenceWord> words, Instant at) {
        entities.createNativeQuery("DELETE FROM vm_fences WHERE agent_id = :agent")
                .setParameter("agent", agent.value())
                .executeUpdate();
        words.forEach(word -> insert(word, at));
    }

    private void insert(FenceWord word, Instant at) {
        entities.createNativeQuery("""
                        INSERT INTO vm_fences (agent_id, vm_id, epoch, state, since, error_code, message, reported_at, unsent)
                        VALUES (:agent, :vm, :epoch, :state, :since, :code, :message, :at, cast(:unsent AS jsonb))
                        ON CONFLICT (agent_id, vm_id) DO UPDATE
                        SET epoch = excluded.epoch, state = excluded.state, since = excluded.since, error_code = excluded.error_code,
                            message = excluded.message, reported_at = excluded.reported_at, unsent = excluded.unsent
                        """)
                .setParameter("agent", word.agent().value())
                .setParameter("vm", word.vmId().value())
                .setParameter("epoch", word.epoch())
                .setParameter("state", word.state().name())
                .setParameter("since", word.since())
                .setParameter("code", word.code())
                .setParameter("message", word.message())
                .setParameter("at", at)
                .setParameter("unsent", documents.write(word.unsent()))
                .executeUpdate();
    }

    // Hibernate answers a native query with raw types.
    @SuppressWarnings("unchecked")
    @Override
    @Transactional
    public List<FenceWord> about(Collection<VmId> vms) {
        if (vms.isEmpty()) {
            return List.of();
        }
        List<Tuple> rows = entities.createNativeQuery("""
                        SELECT agent_id, vm_id, epoch, state, since, error_code, message, cast(unsent AS text) AS unsent
                        FROM vm_fences WHERE vm_id IN (:vms)
                        ORDER BY reported_at DESC
                        """, Tuple.class)
                .setParameter("vms", vms.stream().map(VmId::value).toList())
                .getResultList();
        return rows.stream().map(this::word).toList();
    }

    private FenceWord word(Tuple row) {
        return new FenceWord(
                new AgentId(row.get("agent_id", UUID.class)),
                new VmId(row.get("vm_id", UUID.class)),
                row.get("epoch", Long.class),
                FenceWord.State.valueOf(row.get("state", String.class)),
                row.get("since", Instant.class),
                row.get("error_code", String.class),
                row.get("message", String.class),
                List.of(documents.read(Unsent[].class, row.get("unsent", String.class))));
    }
}
