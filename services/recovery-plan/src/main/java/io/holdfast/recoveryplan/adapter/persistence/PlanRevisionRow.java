package io.holdfast.recoveryplan.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** What a plan said at one revision. Written once. */
@Entity
@Immutable
@Table(name = "plan_revisions")
class PlanRevisionRow {
    /** Which plan, which revision. */
    @Embeddable
    record Key(
            @Column(name = "plan_id") UUID planId,
            @Column(name = "revision") long revision) implements Serializable {}

    @EmbeddedId
    Key key;

    @JdbcTypeCode(SqlTypes.JSON)
    String definition;

    @Column(name = "changed_at")
    Instant changedAt;

    @Column(name = "changed_by")
    String changedBy;
}
