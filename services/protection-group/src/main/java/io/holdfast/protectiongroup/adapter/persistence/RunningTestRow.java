package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** A recovery run that holds test copies of a group now. */
@Entity
@Table(name = "running_test")
@IdClass(RunningTestRow.Key.class)
class RunningTestRow {
    record Key(UUID pgId, UUID runId) {}

    @Id
    @Column(name = "pg_id")
    UUID pgId;

    @Id
    @Column(name = "run_id")
    UUID runId;

    Instant at;
}
