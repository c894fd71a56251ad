package io.holdfast.inventory.pairing;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;

/** What can be wrong between two sites (docs/pairing.md). */
public enum PairingError implements ErrorCode {
    /** This site has no certificate for pairing, or no address at which a peer could reach it. */
    PAIRING_OFF(Blame.CONFLICT),
    /** What was given as a token is none, or was not copied whole. */
    TOKEN_MALFORMED(Blame.INVALID_REQUEST),
    /** The token is this site's own. */
    PAIRING_WITH_ITSELF(Blame.CONFLICT),
    /** There is no such invitation, or its secret is another. */
    INVITATION_UNKNOWN(Blame.NOT_FOUND),
    /** Another site has joined with it. */
    INVITATION_USED(Blame.CONFLICT),
    INVITATION_EXPIRED(Blame.CONFLICT),
    INVITATION_REVOKED(Blame.CONFLICT),
    /** As many invitations are open as may be. */
    INVITATION_LIMIT(Blame.EXHAUSTED),
    /** This site is paired with that one in another way: by another authority, or in the other direction. */
    PEER_EXISTS(Blame.CONFLICT),
    /** As many peers stand as may be. */
    PEER_LIMIT(Blame.EXHAUSTED),
    PEER_NOT_FOUND(Blame.NOT_FOUND),
    /** The site that calls is paired with nobody here. */
    PEER_UNKNOWN(Blame.FORBIDDEN),
    /** The pairing was ended, by either side. */
    PEER_REVOKED(Blame.FORBIDDEN),
    /** The other end's certificate comes from another authority than agreed. */
    PEER_PIN_MISMATCH(Blame.CONFLICT),
    /** The other end's certificate is for another site, or for no site's control plane. */
    PEER_NAME_MISMATCH(Blame.CONFLICT),
    /** The other end's certificate is not valid now, not for this use, or its chain is broken. */
    PEER_CERTIFICATE_INVALID(Blame.CONFLICT),
    /** No connection, no TLS, or no whole answer in time. */
    PEER_UNREACHABLE(Blame.UNAVAILABLE),
    /** What answers there does not speak as a peer does. */
    PEER_ANSWER_INVALID(Blame.UNAVAILABLE),
    /** A call that was held up on the way: a later one of the same process has been answered. */
    PEER_CALL_LATE(Blame.CONFLICT),
    /** As many requests of peers are being answered as may be. */
    PEER_BUSY(Blame.UNAVAILABLE);

    private final Blame blame;

    PairingError(Blame blame) {
        this.blame = blame;
    }

    @Override
    public Blame blame() {
        return blame;
    }
}
