package io.holdfast.inventory.adapter.persistence;

import io.holdfast.inventory.pairing.Pairing;
import io.holdfast.inventory.pairing.Peer;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

@Entity(name = "Peer")
@Table(name = "peer")
class PeerEntity {
    enum State {
        PAIRED,
        REVOKED,
        REVOKED_BY_PEER
    }

    @Id
    UUID id;

    String name;

    @Column(name = "called_at")
    String calledAt;

    byte[] authority;

    @Column(name = "invitation_id")
    UUID invitationId;

    @Enumerated(EnumType.STRING)
    State state;

    Instant since;

    @Column(name = "tell_until")
    Instant tellUntil;

    @Version
    int version;

    Peer toDomain() {
        return new Peer(
                new SiteId(id),
                name,
                Optional.ofNullable(calledAt).map(PeerAddress::parse),
                certificate(),
                invitationId,
                pairing());
    }

    private Pairing pairing() {
        return switch (state) {
            case PAIRED -> new Pairing.Paired(since);
            case REVOKED -> new Pairing.Revoked(since, Optional.ofNullable(tellUntil));
            case REVOKED_BY_PEER -> new Pairing.RevokedByPeer(since);
        };
    }

    void take(Peer peer) {
        id = peer.id().value();
        name = peer.name();
        calledAt = peer.calledAt().map(PeerAddress::toString).orElse(null);
        authority = bytes(peer.authority());
        invitationId = peer.invitation();
        since = peer.pairing().since();
        tellUntil = null;
        switch (peer.pairing()) {
            case Pairing.Paired _ -> state = State.PAIRED;
            case Pairing.Revoked revoked -> {
                state = State.REVOKED;
                tellUntil = revoked.tellUntil().orElse(null);
            }
            case Pairing.RevokedByPeer _ -> state = State.REVOKED_BY_PEER;
        }
    }

    private X509Certificate certificate() {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(authority));
        } catch (CertificateException damaged) {
            throw new HoldfastException(
                    CommonError.MALFORMED_DATA,
                    "the stored authority of site %s is no certificate".formatted(id),
                    damaged);
        }
    }

    private static byte[] bytes(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateException impossible) {
            throw new IllegalStateException("a certificate that was checked has bytes", impossible);
        }
    }
}
