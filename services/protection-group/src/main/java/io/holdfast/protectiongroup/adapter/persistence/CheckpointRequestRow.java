package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** A person's wish for a named checkpoint. */
@Entity
@Table(name = "checkpoint_request")
class CheckpointRequestRow {
    @Id
    @Column(name = "checkpoint_id")
    UUID checkpointId;

    @Column(name = "pg_id")
    UUID pgId;

    @Column(name = "command_id")
    UUID commandId;

    String name;

    @Column(name = "requested_at")
    Instant requestedAt;

    @Column(name = "requested_by")
    String requestedBy;

    @Column(name = "expires_at")
    Instant expiresAt;

    String progress;

    @Column(name = "progress_data")
    String progressData;
}
