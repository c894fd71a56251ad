package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.UUID;

/** Who asked for what, and when. */
@Entity
@Table(name = "group_command")
class GroupCommandRow {
    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    Long id;

    @Column(name = "pg_id")
    UUID pgId;

    Instant at;

    @Column(name = "by_whom")
    String byWhom;

    String command;
    String detail;
}
