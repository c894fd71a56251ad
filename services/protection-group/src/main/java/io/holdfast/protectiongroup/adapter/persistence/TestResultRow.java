package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** How a group's last recovery tests ended. */
@Entity
@Table(name = "test_result")
class TestResultRow {
    @Id
    @Column(name = "pg_id")
    UUID pgId;

    @Column(name = "last_success_at")
    Instant lastSuccessAt;

    @Column(name = "last_failure_at")
    Instant lastFailureAt;
}
