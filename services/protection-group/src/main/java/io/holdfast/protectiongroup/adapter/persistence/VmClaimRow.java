package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

/** The one group that a VM is in. */
@Entity
@Table(name = "vm_claim")
class VmClaimRow {
    @Id
    @Column(name = "vm_id")
    UUID vmId;

    @Column(name = "pg_id")
    UUID pgId;
}
