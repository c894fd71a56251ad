package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.Peers;
import io.holdfast.kernel.id.SiteId;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@ApplicationScoped
class PeerStore implements Peers, PanacheRepositoryBase<PeerEntity, UUID> {
    @Override
    public Optional<Peer> find(SiteId id) {
        return findByIdOptional(id.value()).map(PeerEntity::toDomain);
    }

    @Override
    public List<Peer> list(Optional<SiteId> after, int limit) {
        return Keyset.page(this, "", List.of(), after.map(SiteId::value), limit).stream()
                .map(PeerEntity::toDomain)
                .toList();
    }

    @Override
    public long countStanding() {
        return count("state", PeerEntity.State.PAIRED);
    }

    @Override
    public void save(Peer peer) {
        Keyset.findOrPersist(this, peer.id().value(), PeerEntity::new, entity -> entity.take(peer));
    }
}
