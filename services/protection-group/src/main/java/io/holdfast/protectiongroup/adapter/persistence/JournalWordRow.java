package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

/** The last that a group's journal said. */
@Entity
@Table(name = "journal_word")
class JournalWordRow {
    @Id
    @Column(name = "pg_id")
    UUID pgId;

    String word;
}
