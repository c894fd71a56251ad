package io.holdfast.inventory.pairing;

import io.holdfast.inventory.Label;
import io.holdfast.inventory.site.SiteBook;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Which sites this one is paired with, and the tables of docs/pairing.md. Calls belong to the caller's transaction. */
public final class PeerBook {
    public static final int MOST_PEERS = 16;

    private final Peers peers;
    private final InvitationBook invitations;
    private final SiteBook sites;
    private final SiteId here;
    private final Clock clock;

    public PeerBook(Peers peers, InvitationBook invitations, SiteBook sites, SiteId here, Clock clock) {
        this.peers = peers;
        this.invitations = invitations;
        this.sites = sites;
        this.here = here;
        this.clock = clock;
    }

    /**
     * Step B1: a site presents a token of ours.
     *
     * @param caller as its certificate proved it in this connection
     * @param name what it calls itself
     * @throws HoldfastException what the table says
     */
    public Peer admit(UUID invitation, byte[] secret, CertifiedSite caller, String name) {
        Instant now = clock.instant();
        Invitation presented = invitations.presented(invitation, secret);
        if (presented.state() instanceof Invitation.State.Revoked) {
            throw new HoldfastException(PairingError.INVITATION_REVOKED, "that invitation was revoked");
        }
        refuseOurselves(caller.site());
        Optional<Peer> known = peers.find(caller.site());
        if (presented.wasUsedBy(caller)
                && known.filter(Peer::stands)
                        .filter(peer -> peer.invitation().equals(invitation))
                        .isPresent()) {
            return known.get();
        }
        if (presented.state() instanceof Invitation.State.Used) {
            throw new HoldfastException(PairingError.INVITATION_USED, "that invitation has been used");
        }
        if (presented.isExpired(now)) {
            throw new HoldfastException(
                    PairingError.INVITATION_EXPIRED, "that invitation has expired; ask for a new one");
        }
        var peer = new Peer(
                caller.site(),
                Label.of(name),
                Optional.empty(),
                caller.authority(),
                invitation,
                new Pairing.Paired(now));
        refuseAnotherWay(known, peer);
        invitations.use(presented, caller);
        return save(peer);
    }

    /**
     * Before step A2: whether this site may join with the token at all.
     *
     * @throws HoldfastException {@code PAIRING_WITH_ITSELF}, {@code PEER_EXISTS}, {@code PEER_LIMIT}
     */
    public void mayJoin(PeerToken token) {
        refuseOurselves(token.site());
        Optional<Peer> known = peers.find(token.site()).filter(Peer::stands);
        if (known.isEmpty()) {
            refuseTooMany();
        } else if (!known.get().weCall()
                || !Fingerprint.of(known.get().authority()).equals(token.authority())) {
            throw exists(known.get());
        }
    }

    /**
     * Step A4: the site that invited has taken us.
     *
     * @param authority the token's, as the connection has proved it
     * @param name what the site calls itself
     */
    public Peer joined(PeerToken token, X509Certificate authority, String name) {
        var peer = new Peer(
                token.site(),
                Label.of(name),
                Optional.of(token.address()),
                authority,
                token.invitation(),
                new Pairing.Paired(clock.instant()));
        refuseAnotherWay(peers.find(token.site()), peer);
        return save(peer);
    }

    /**
     * Who calls, if it may.
     *
     * @throws HoldfastException {@code PEER_UNKNOWN}, {@code PEER_PIN_MISMATCH}, {@code PEER_REVOKED}
     */
    public Peer standing(CertifiedSite caller) {
        Peer known = certified(caller);
        known.pairing().requireStanding();
        return known;
    }

    /** The peer says that it has revoked us. It may say so in any state, as often as it likes. */
    public Peer heardRevocation(CertifiedSite from) {
        return revokedByPeer(certified(from));
    }

    /** A peer says what it calls itself now; it is the same site. */
    public void called(Peer peer, String name) {
        String label = Label.of(name);
        if (!label.isEmpty() && !label.equals(peer.name())) {
            peers.find(peer.id()).ifPresent(now -> save(now.named(label)));
        }
    }

    /** A call of ours was refused as revoked; says nothing of a pairing that was made since. */
    public void callWasRevoked(Peer called) {
        peers.find(called.id())
                .filter(now -> now.invitation().equals(called.invitation()))
                .ifPresent(this::revokedByPeer);
    }

    private Peer revokedByPeer(Peer peer) {
        return change(peer, peer.pairing().revokedByPeer(clock.instant()));
    }

    /** @throws HoldfastException {@code PEER_NOT_FOUND} */
    public Peer revoke(SiteId id) {
        Peer known = get(id);
        return change(known, known.pairing().revoked(clock.instant(), known.weCall()));
    }

    /** The peer knows that it is revoked here. */
    public void toldRevocation(SiteId id) {
        peers.find(id).ifPresent(known -> {
            if (known.pairing() instanceof Pairing.Revoked revoked) {
                change(known, revoked.told());
            }
        });
    }

    /** @throws HoldfastException {@code PEER_NOT_FOUND} */
    public Peer get(SiteId id) {
        return peers.find(id)
                .orElseThrow(() -> new HoldfastException(
                        PairingError.PEER_NOT_FOUND, "this site was never paired with site " + id));
    }

    private Peer certified(CertifiedSite caller) {
        Peer known = peers.find(caller.site())
                .orElseThrow(() -> new HoldfastException(
                        PairingError.PEER_UNKNOWN, "this site is not paired with site " + caller.site()));
        if (!known.authority().equals(caller.authority())) {
            throw new HoldfastException(
                    PairingError.PEER_PIN_MISMATCH,
                    "site %s is paired under another authority than %s"
                            .formatted(caller.site(), Fingerprint.of(caller.authority())));
        }
        return known;
    }

    private void refuseOurselves(SiteId other) {
        if (other.equals(here)) {
            throw new HoldfastException(PairingError.PAIRING_WITH_ITSELF, "a site cannot be its own peer");
        }
    }

    private void refuseAnotherWay(Optional<Peer> known, Peer wanted) {
        Optional<Peer> standing = known.filter(Peer::stands);
        if (standing.isEmpty()) {
            refuseTooMany();
        } else if (standing.get().weCall() != wanted.weCall()
                || !standing.get().authority().equals(wanted.authority())) {
            throw exists(standing.get());
        }
    }

    private void refuseTooMany() {
        if (peers.countStanding() >= MOST_PEERS) {
            throw new HoldfastException(
                    PairingError.PEER_LIMIT, "a site has at most %d peers; revoke one first".formatted(MOST_PEERS));
        }
    }

    private static HoldfastException exists(Peer peer) {
        return new HoldfastException(
                PairingError.PEER_EXISTS,
                "site %s ('%s') is a peer already, %s; revoke that pairing at both sites first"
                        .formatted(
                                peer.id(),
                                peer.name(),
                                peer.weCall()
                                        ? "that this site joined, under authority " + Fingerprint.of(peer.authority())
                                        : "that joined this site, under authority "
                                                + Fingerprint.of(peer.authority())));
    }

    private Peer change(Peer peer, Pairing next) {
        return next.equals(peer.pairing()) ? peer : save(peer.with(next));
    }

    private Peer save(Peer peer) {
        peers.save(peer);
        sites.called(peer.id(), peer.name());
        return peer;
    }
}
