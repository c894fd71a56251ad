package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;

/** Row of {@code protection_group}; the migration says what each column means. */
@Entity
@Table(name = "protection_group")
class GroupRow {
    @Id
    UUID id;

    String name;
    String lifecycle;

    @Column(name = "lifecycle_data")
    String lifecycleData;

    @Column(name = "shown_lifecycle")
    String shownLifecycle;

    String membership;

    @Column(name = "checkpoint_interval_ms")
    long checkpointIntervalMillis;

    @Column(name = "history_ms")
    long historyMillis;

    @Column(name = "journal_limit_bytes")
    long journalLimitBytes;

    @Column(name = "rpo_objective_ms")
    long rpoObjectiveMillis;

    @Column(name = "app_checkpoint_interval_ms")
    long appCheckpointIntervalMillis;

    String transfer;

    @Column(name = "placed_on")
    Integer placedOn;

    @Column(name = "history_since")
    Instant historySince;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "created_by")
    String createdBy;

    String conditions;

    @Column(name = "policy_revision")
    long policyRevision;

    @Column(name = "event_revision")
    long eventRevision;

    boolean watched;

    @Version
    long version;
}
