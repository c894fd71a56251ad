package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.mirror.Mirror;
import io.holdfast.inventory.mirror.Mirrors;
import io.holdfast.inventory.mirror.OwnStatus;
import io.holdfast.kernel.id.SiteId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@ApplicationScoped
class MirrorStore implements Mirrors, PanacheRepositoryBase<MirrorEntity, UUID> {
    @Override
    public Optional<Mirror> find(SiteId site) {
        return findByIdOptional(site.value()).map(MirrorEntity::toDomain);
    }

    @Override
    public Optional<Mirror> lock(SiteId site) {
        return findByIdOptional(site.value(), LockModeType.PESSIMISTIC_WRITE).map(MirrorEntity::toDomain);
    }

    @Override
    public void save(Mirror mirror) {
        Keyset.findOrPersist(this, mirror.site().value(), MirrorEntity::new, entity -> entity.take(mirror));
    }

    @Override
    public Optional<OwnStatus> own() {
        return Optional.ofNullable(getEntityManager().find(OwnStatusEntity.class, true))
                .map(OwnStatusEntity::toDomain);
    }

    /** A lock of the transaction rather than of the row, which may not be there yet. */
    @Override
    public Optional<OwnStatus> lockOwn() {
        getEntityManager()
                .createNativeQuery(
                        "select 1 from (select pg_advisory_xact_lock(hashtext(current_schema() || '.own_status'))) held")
                .getSingleResult();
        return own();
    }

    @Override
    public void save(OwnStatus own) {
        OwnStatusEntity known = getEntityManager().find(OwnStatusEntity.class, true);
        OwnStatusEntity row = known == null ? new OwnStatusEntity() : known;
        row.take(own);
        if (known == null) {
            getEntityManager().persist(row);
        }
    }

    @Override
    public boolean lease(SiteId site, UUID holder, Instant now, Instant until) {
        return getEntityManager()
                        .createNativeQuery("""
                                insert into peer_lease (id, holder, held_until) values (:site, :holder, :until)
                                on conflict (id) do update set holder = :holder, held_until = :until
                                where peer_lease.holder = :holder or peer_lease.held_until < :now""")
                        .setParameter("site", site.value())
                        .setParameter("holder", holder)
                        .setParameter("until", until)
                        .setParameter("now", now)
                        .executeUpdate()
                == 1;
    }
}
