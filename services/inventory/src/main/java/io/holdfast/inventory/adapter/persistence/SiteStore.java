package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.site.Site;
import io.holdfast.inventory.site.Sites;
import io.holdfast.kernel.id.SiteId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@ApplicationScoped
class SiteStore implements Sites, PanacheRepositoryBase<SiteEntity, UUID> {
    @Override
    public Optional<Site> find(SiteId id) {
        return findByIdOptional(id.value()).map(SiteEntity::toDomain);
    }

    @Override
    public List<Site> list(Optional<SiteId> after, int limit) {
        return Keyset.page(this, "", List.of(), after.map(SiteId::value), limit).stream()
                .map(SiteEntity::toDomain)
                .toList();
    }

    @Override
    public void save(Site site) {
        Keyset.findOrPersist(this, site.id().value(), SiteEntity::new, entity -> entity.take(site));
    }
}
