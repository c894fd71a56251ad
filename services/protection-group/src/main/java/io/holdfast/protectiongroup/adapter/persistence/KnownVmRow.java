package io.holdfast.protectiongroup.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

/** A VM as the inventory last described it. */
@Entity
@Table(name = "known_vm")
class KnownVmRow {
    @Id
    @Column(name = "vm_id")
    UUID vmId;

    long revision;
    boolean gone;
    String description;
}
