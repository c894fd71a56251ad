package io.holdfast.recoveryplan.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

/** A protection group as its newest event told it. */
@Entity
@Table(name = "protected_groups")
class ProtectedGroupRow {
    @Id
    @Column(name = "pg_id")
    UUID pgId;

    String name;
    String lifecycle;
    long revision;

    @JdbcTypeCode(SqlTypes.JSON)
    String members;
}
