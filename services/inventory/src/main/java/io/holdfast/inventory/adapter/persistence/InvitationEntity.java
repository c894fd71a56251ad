package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.pairing.Fingerprint;
import io.holdfast.inventory.pairing.Invitation;
import io.holdfast.kernel.id.SiteId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;

@Entity(name = "Invitation")
@Table(name = "invitation")
class InvitationEntity {
    @Id
    UUID id;

    @Column(name = "secret_hash")
    String secretHash;

    @Column(name = "created_by")
    String createdBy;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "expires_at")
    Instant expiresAt;

    @Column(name = "used_by_site")
    UUID usedBySite;

    @Column(name = "used_by_authority")
    String usedByAuthority;

    @Column(name = "used_at")
    Instant usedAt;

    @Column(name = "revoked_at")
    Instant revokedAt;

    @Version
    int version;

    Invitation toDomain() {
        return new Invitation(id, new Fingerprint(secretHash), createdBy, createdAt, expiresAt, state());
    }

    private Invitation.State state() {
        if (usedAt != null) {
            return new Invitation.State.Used(new SiteId(usedBySite), new Fingerprint(usedByAuthority), usedAt);
        }
        return revokedAt == null ? new Invitation.State.Open() : new Invitation.State.Revoked(revokedAt);
    }

    void take(Invitation invitation) {
        id = invitation.id();
        secretHash = invitation.secret().hex();
        createdBy = invitation.createdBy();
        createdAt = invitation.createdAt();
        expiresAt = invitation.expiresAt();
        switch (invitation.state()) {
            case Invitation.State.Open _ -> {}
            case Invitation.State.Used used -> {
                usedBySite = used.by().value();
                usedByAuthority = used.authority().hex();
                usedAt = used.at();
            }
            case Invitation.State.Revoked revoked -> revokedAt = revoked.at();
        }
    }
}
