package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.preflight.ProtectedGroup;
import io.holdfast.recoveryplan.preflight.ProtectedGroups;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The read model of topic {@code protection-events}. */
@ApplicationScoped
public class JpaProtectedGroups implements ProtectedGroups {
    private final EntityManager entities;
    private final DocumentMapper documents = new DocumentMapper();

    @Inject
    public JpaProtectedGroups(EntityManager entities) {
        this.entities = entities;
    }

    @Override
    @Transactional
    public Map<PgId, ProtectedGroup> find(Collection<PgId> ids) {
        return entities.createQuery("from ProtectedGroupRow where pgId in :ids", ProtectedGroupRow.class)
                .setParameter("ids", ids.stream().map(PgId::value).toList())
                .getResultStream()
                .map(row -> new ProtectedGroup(
                        new PgId(row.pgId),
                        row.name,
                        row.lifecycle,
                        row.revision,
                        List.of(documents.read(ProtectedGroup.Vm[].class, row.members))))
                .collect(Collectors.toMap(ProtectedGroup::pgId, Function.identity()));
    }

    @Override
    @Transactional
    public void learn(ProtectedGroup group) {
        ProtectedGroupRow row =
                entities.find(ProtectedGroupRow.class, group.pgId().value());
        if (row == null) {
            row = new ProtectedGroupRow();
            row.pgId = group.pgId().value();
            fill(row, group);
            entities.persist(row);
        } else if (row.revision <= group.revision()) {
            fill(row, group);
        }
    }

    private void fill(ProtectedGroupRow row, ProtectedGroup group) {
        row.name = group.name();
        row.lifecycle = group.lifecycle();
        row.revision = group.revision();
        row.members = documents.write(group.vms());
    }

    @Override
    @Transactional
    public void forget(PgId id) {
        ProtectedGroupRow row = entities.find(ProtectedGroupRow.class, id.value());
        if (row != null) {
            entities.remove(row);
        }
    }
}
