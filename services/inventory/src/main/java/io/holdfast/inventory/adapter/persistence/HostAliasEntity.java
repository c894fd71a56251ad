package io.holdfast.inventory.adapter.persistence;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;

@Entity(name = "HostAlias")
@Table(name = "host_alias")
class HostAliasEntity {
    @Id
    @Column(name = "reported_id")
    UUID reportedId;

    @Column(name = "host_id")
    UUID hostId;
}
