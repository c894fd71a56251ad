package io.holdfast.inventory.pairing;

import io.holdfast.kernel.id.SiteId;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Another site that this one is, or was, paired with.
 *
 * @param name a label, as the peer says it
 * @param calledAt where this site reaches it; empty = it is the peer that calls
 * @param authority the only one whose certificates are the peer's
 * @param invitation that the pairing rests on
 */
public record Peer(
        SiteId id,
        String name,
        Optional<PeerAddress> calledAt,
        X509Certificate authority,
        UUID invitation,
        Pairing pairing) {
    public Peer {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(calledAt, "calledAt");
        Objects.requireNonNull(authority, "authority");
        Objects.requireNonNull(invitation, "invitation");
        Objects.requireNonNull(pairing, "pairing");
    }

    public boolean weCall() {
        return calledAt.isPresent();
    }

    public boolean stands() {
        return pairing instanceof Pairing.Paired;
    }

    Peer with(Pairing next) {
        return new Peer(id, name, calledAt, authority, invitation, next);
    }

    public Peer named(String newName) {
        return new Peer(id, newName, calledAt, authority, invitation, pairing);
    }
}
