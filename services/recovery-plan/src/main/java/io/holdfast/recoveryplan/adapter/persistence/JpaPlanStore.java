package io.holdfast.recoveryplan.adapter.persistence;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PlanId;
import io.holdfast.recoveryplan.plan.Plan;
import io.holdfast.recoveryplan.plan.PlanDefinition;
import io.holdfast.recoveryplan.plan.PlanError;
import io.holdfast.recoveryplan.plan.PlanStore;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.hibernate.exception.ConstraintViolationException;

/** Plans in PostgreSQL. */
@ApplicationScoped
public class JpaPlanStore implements PlanStore {
    private final EntityManager entities;
    private final DocumentMapper documents = new DocumentMapper();

    @Inject
    public JpaPlanStore(EntityManager entities) {
        this.entities = entities;
    }

    @Override
    @Transactional
    public Plan create(PlanDefinition definition, String by, Instant now) {
        PlanRow row = new PlanRow();
        row.id = PlanId.random().value();
        row.name = definition.name();
        row.revision = 1;
        row.createdAt = now;
        row.changedAt = now;
        row.changedBy = by;
        entities.persist(row);
        return revise(row, definition);
    }

    @Override
    @Transactional
    public Optional<Plan> find(PlanId id) {
        return Optional.ofNullable(entities.find(PlanRow.class, id.value()))
                .filter(row -> row.deletedAt == null)
                .map(this::plan);
    }

    @Override
    @Transactional
    public Plan replace(PlanId id, long expectedRevision, PlanDefinition definition, String by, Instant now) {
        PlanRow row = locked(id, expectedRevision);
        row.name = definition.name();
        row.revision = expectedRevision + 1;
        row.changedAt = now;
        row.changedBy = by;
        return revise(row, definition);
    }

    /** Writes the revision; the flush brings a taken name to light here and not at the commit. */
    private Plan revise(PlanRow row, PlanDefinition definition) {
        PlanRevisionRow revision = new PlanRevisionRow();
        revision.key = new PlanRevisionRow.Key(row.id, row.revision);
        revision.definition = documents.write(definition);
        revision.changedAt = row.changedAt;
        revision.changedBy = row.changedBy;
        try {
            entities.flush();
            entities.persist(revision);
            entities.flush();
        } catch (ConstraintViolationException taken) {
            if ("plans_name".equals(taken.getConstraintName())) {
                throw new HoldfastException(
                        PlanError.PLAN_NAME_TAKEN, "another plan is named '%s'".formatted(row.name), taken);
            }
            throw taken;
        }
        return plan(row, definition);
    }

    @Override
    @Transactional
    public void delete(PlanId id, long expectedRevision, String by, Instant now) {
        PlanRow row = locked(id, expectedRevision);
        long live = entities.createQuery(
                        "select count(*) from RunRow where planId = :plan and endedAt is null", Long.class)
                .setParameter("plan", row.id)
                .getSingleResult();
        if (live > 0) {
            throw new HoldfastException(
                    PlanError.PLAN_IN_USE,
                    "plan '%s' has %d runs that have not ended; finish or cancel them first".formatted(row.name, live));
        }
        row.deletedAt = now;
        row.changedAt = now;
        row.changedBy = by;
    }

    private PlanRow locked(PlanId id, long expectedRevision) {
        PlanRow row = entities.find(PlanRow.class, id.value(), LockModeType.PESSIMISTIC_WRITE);
        if (row == null || row.deletedAt != null) {
            throw new HoldfastException(PlanError.PLAN_NOT_FOUND, "there is no plan %s".formatted(id));
        }
        if (row.revision != expectedRevision) {
            throw new HoldfastException(
                    CommonError.CONCURRENT_MODIFICATION,
                    "plan %s is at revision %d by now, not %d; read it again"
                            .formatted(id, row.revision, expectedRevision));
        }
        return row;
    }

    @Override
    @Transactional
    public List<Plan> list(Optional<String> afterName, int limit) {
        // The empty text is before every name.
        return entities.createQuery(
                        "from PlanRow where deletedAt is null and name > :after order by name", PlanRow.class)
                .setParameter("after", afterName.orElse(""))
                .setMaxResults(limit)
                .getResultStream()
                .map(this::plan)
                .toList();
    }

    private Plan plan(PlanRow row) {
        PlanRevisionRow revision = entities.find(PlanRevisionRow.class, new PlanRevisionRow.Key(row.id, row.revision));
        return plan(row, documents.read(PlanDefinition.class, revision.definition));
    }

    private static Plan plan(PlanRow row, PlanDefinition definition) {
        return new Plan(new PlanId(row.id), row.revision, definition, row.createdAt, row.changedAt, row.changedBy);
    }
}
