package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.util.UUID;

/** The last that a router said about one agent's stream of a group. */
@Entity
@Table(name = "stream_word")
@IdClass(StreamWordRow.Key.class)
class StreamWordRow {
    record Key(UUID pgId, UUID agentId) {}

    @Id
    @Column(name = "pg_id")
    UUID pgId;

    @Id
    @Column(name = "agent_id")
    UUID agentId;

    String word;
}
