package io.holdfast.recoveryplan.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;

/** The head of a plan; what it says is in its newest {@link PlanRevisionRow}. */
@Entity
@Table(name = "plans")
class PlanRow {
    @Id
    UUID id;

    String name;
    long revision;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "changed_at")
    Instant changedAt;

    @Column(name = "changed_by")
    String changedBy;

    @Column(name = "deleted_at")
    Instant deletedAt;

    @Version
    long version;
}
