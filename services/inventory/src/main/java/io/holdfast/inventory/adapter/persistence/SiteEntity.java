package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.site.Site;
import io.holdfast.kernel.id.SiteId;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.util.UUID;

@Entity(name = "Site")
@Table(name = "site")
class SiteEntity {
    @Id
    UUID id;

    String name;
    boolean local;

    @Version
    int version;

    Site toDomain() {
        return new Site(new SiteId(id), name, local);
    }

    void take(Site site) {
        id = site.id().value();
        name = site.name();
        local = site.local();
    }
}
