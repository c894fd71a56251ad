package io.holdfast.recoveryplan.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** A run: the whole aggregate as a document, and the columns that are searched. */
@Entity
@Table(name = "runs")
class RunRow {
    @Id
    UUID id;

    @Column(name = "plan_id")
    UUID planId;

    @Column(name = "plan_revision")
    long planRevision;

    String mode;
    String state;
    boolean recovered;

    @Column(name = "approvals_waiting")
    int approvalsWaiting;

    @Column(name = "ordered_at")
    Instant orderedAt;

    @Column(name = "ended_at")
    Instant endedAt;

    @Column(name = "next_at")
    Instant nextAt;

    @JdbcTypeCode(SqlTypes.JSON)
    String document;

    @JdbcTypeCode(SqlTypes.JSON)
    String report;

    @Version
    long version;
}
