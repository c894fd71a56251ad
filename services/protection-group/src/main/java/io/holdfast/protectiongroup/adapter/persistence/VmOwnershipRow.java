package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

/** The ownership of a VM that has moved, also when no group has the VM now. */
@Entity
@Table(name = "vm_ownership")
class VmOwnershipRow {
    @Id
    @Column(name = "vm_id")
    UUID vmId;

    long epoch;
    String ownership;
}
