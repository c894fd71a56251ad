package io.holdfast.inventory.pairing;

import io.holdfast.kernel.error.HoldfastException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** Whom this site has invited. Calls belong to the caller's transaction. */
public final class InvitationBook {
    public static final Duration SHORTEST_LIFE = Duration.ofMinutes(1);
    public static final Duration LONGEST_LIFE = Duration.ofDays(7);

    static final int MOST_OPEN = 100;
    private static final Duration KEPT = Duration.ofDays(30);

    private final Invitations invitations;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    public InvitationBook(Invitations invitations, Clock clock) {
        this.invitations = invitations;
        this.clock = clock;
    }

    /** @param token to be handed on; this is the only time that it exists here */
    public record Issued(Invitation invitation, PeerToken token) {}

    /**
     * @param here this site, as its own certificate has it
     * @param life {@link #SHORTEST_LIFE} to {@link #LONGEST_LIFE}; the caller has checked it
     * @throws HoldfastException {@code INVITATION_LIMIT}
     */
    public Issued invite(CertifiedSite here, PeerAddress address, Duration life, String createdBy) {
        Instant now = clock.instant();
        if (invitations.countOpen(now) >= MOST_OPEN) {
            throw new HoldfastException(
                    PairingError.INVITATION_LIMIT, "%d invitations are open; revoke some first".formatted(MOST_OPEN));
        }
        byte[] secret = new byte[PeerToken.SECRET_BYTES];
        random.nextBytes(secret);
        var invitation = new Invitation(
                UUID.randomUUID(), Fingerprint.of(secret), createdBy, now, now.plus(life), new Invitation.State.Open());
        invitations.save(invitation);
        var token = new PeerToken(here.site(), Fingerprint.of(here.authority()), invitation.id(), secret, address);
        return new Issued(invitation, token);
    }

    /** @throws HoldfastException {@code INVITATION_UNKNOWN}, {@code INVITATION_USED} */
    public Invitation revoke(UUID id) {
        Invitation known = invitations
                .lock(id)
                .orElseThrow(
                        () -> new HoldfastException(PairingError.INVITATION_UNKNOWN, "there is no invitation " + id));
        if (known.state() instanceof Invitation.State.Used used) {
            throw new HoldfastException(
                    PairingError.INVITATION_USED,
                    "site %s has joined with it; revoke that peer instead".formatted(used.by()));
        }
        Invitation revoked = known.revoked(clock.instant());
        invitations.save(revoked);
        return revoked;
    }

    /** The row behind a token that somebody presents, locked. */
    Invitation presented(UUID id, byte[] secret) {
        return invitations
                .lock(id)
                .filter(known -> known.secret().isOf(secret))
                .orElseThrow(() -> new HoldfastException(
                        PairingError.INVITATION_UNKNOWN, "this site has not given out that invitation"));
    }

    void use(Invitation invitation, CertifiedSite by) {
        invitations.save(invitation.usedBy(by, clock.instant()));
    }

    /** To be called now and then. */
    public void forgetOld() {
        invitations.forget(clock.instant().minus(KEPT));
    }
}
