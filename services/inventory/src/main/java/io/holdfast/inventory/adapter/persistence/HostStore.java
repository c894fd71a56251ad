package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.host.Host;
import io.holdfast.inventory.host.Hosts;
import io.holdfast.kernel.id.HostId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@ApplicationScoped
class HostStore implements Hosts, PanacheRepositoryBase<HostEntity, UUID> {
    @Override
    public Optional<Host> find(HostId idOrAlias) {
        return findByIdOptional(idOrAlias.value())
                .or(() -> Optional.ofNullable(getEntityManager().find(HostAliasEntity.class, idOrAlias.value()))
                        .flatMap(alias -> findByIdOptional(alias.hostId)))
                .map(HostEntity::toDomain);
    }

    @Override
    public Optional<Host> findByHardware(String hardwareUuid) {
        return find("hardwareUuid", hardwareUuid).firstResultOptional().map(HostEntity::toDomain);
    }

    @Override
    public List<Host> list(Optional<HostId> after, int limit) {
        return Keyset.page(this, "", List.of(), after.map(HostId::value), limit).stream()
                .map(HostEntity::toDomain)
                .toList();
    }

    @Override
    public void save(Host host) {
        Keyset.findOrPersist(this, host.id().value(), HostEntity::new, entity -> entity.take(host));
    }

    @Override
    public void alsoKnownAs(HostId host, HostId reported) {
        var alias = new HostAliasEntity();
        alias.reportedId = reported.value();
        alias.hostId = host.value();
        getEntityManager().persist(alias);
    }
}
