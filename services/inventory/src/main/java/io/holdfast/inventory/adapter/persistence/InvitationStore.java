package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.pairing.Invitation;
import io.holdfast.inventory.pairing.Invitations;
import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

@ApplicationScoped
class InvitationStore implements Invitations, PanacheRepositoryBase<InvitationEntity, UUID> {
    @Override
    public Optional<Invitation> lock(UUID id) {
        return findByIdOptional(id, LockModeType.PESSIMISTIC_WRITE).map(InvitationEntity::toDomain);
    }

    @Override
    public List<Invitation> list(Optional<UUID> after, int limit) {
        return Keyset.page(this, "", List.of(), after, limit).stream()
                .map(InvitationEntity::toDomain)
                .toList();
    }

    @Override
    public long countOpen(Instant now) {
        return count("usedAt is null and revokedAt is null and expiresAt > ?1", now);
    }

    @Override
    public void save(Invitation invitation) {
        Keyset.findOrPersist(this, invitation.id(), InvitationEntity::new, entity -> entity.take(invitation));
    }

    @Override
    public void forget(Instant expiredBefore) {
        delete("expiresAt < ?1", expiredBefore);
    }
}
