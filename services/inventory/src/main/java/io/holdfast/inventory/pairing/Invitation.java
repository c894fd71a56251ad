package io.holdfast.inventory.pairing;

import io.holdfast.kernel.id.SiteId;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * This site's word that whoever has the secret may become its peer, once.
 *
 * @param secret hash of it; the secret itself is kept nowhere
 * @param expiresAt from then on nobody new is taken
 */
public record Invitation(
        UUID id, Fingerprint secret, String createdBy, Instant createdAt, Instant expiresAt, State state) {
    public Invitation {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(secret, "secret");
        Objects.requireNonNull(createdBy, "createdBy");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        Objects.requireNonNull(state, "state");
    }

    /** How far it has come. That an open one has expired follows from the clock and is not stored. */
    public sealed interface State {
        record Open() implements State {}

        /** @param authority with which the site joined */
        record Used(SiteId by, Fingerprint authority, Instant at) implements State {}

        record Revoked(Instant at) implements State {}
    }

    public boolean isExpired(Instant now) {
        return state instanceof State.Open && !now.isBefore(expiresAt);
    }

    public boolean isOpen(Instant now) {
        return state instanceof State.Open && now.isBefore(expiresAt);
    }

    boolean wasUsedBy(CertifiedSite site) {
        return state instanceof State.Used used
                && used.by().equals(site.site())
                && used.authority().equals(Fingerprint.of(site.authority()));
    }

    Invitation usedBy(CertifiedSite site, Instant now) {
        return with(new State.Used(site.site(), Fingerprint.of(site.authority()), now));
    }

    /** A used one stays used: what it led to is revoked at the peer. */
    Invitation revoked(Instant now) {
        return state instanceof State.Open ? with(new State.Revoked(now)) : this;
    }

    private Invitation with(State next) {
        return new Invitation(id, secret, createdBy, createdAt, expiresAt, next);
    }
}
