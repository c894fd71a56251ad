package io.holdfast.inventory.pairing;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Tells peers that this site has revoked them, where it is this site that calls. Thread-safe. */
public final class RevocationNotice {
    private static final int PAGE = 100;

    private final Peers peers;
    private final PeerBook book;
    private final PeerLink link;
    private final Transactions transactions;
    private final Clock clock;

    public RevocationNotice(Peers peers, PeerBook book, PeerLink link, Transactions transactions, Clock clock) {
        this.peers = peers;
        this.book = book;
        this.link = link;
        this.transactions = transactions;
        this.clock = clock;
    }

    /** One attempt for each that has not heard it yet; to be called again and again. Blocks for one call to each at most. */
    public void tellAll() {
        Instant now = clock.instant();
        Optional<SiteId> after = Optional.empty();
        List<Peer> page;
        do {
            Optional<SiteId> from = after;
            page = transactions.call(() -> peers.list(from, PAGE));
            page.forEach(peer -> tell(peer, now));
            after = page.isEmpty() ? after : Optional.of(page.getLast().id());
        } while (page.size() == PAGE);
    }

    private void tell(Peer peer, Instant now) {
        if (!(peer.pairing() instanceof Pairing.Revoked revoked)
                || revoked.tellUntil().isEmpty()) {
            return;
        }
        if (now.isAfter(revoked.tellUntil().get()) || heard(peer)) {
            transactions.run(() -> book.toldRevocation(peer.id()));
        }
    }

    private boolean heard(Peer peer) {
        try {
            link.tellRevoked(peer);
            return true;
        } catch (HoldfastException refused) {
            // A site that does not know us, or us under this authority, has nothing to revoke.
            return refused.code() == PairingError.PEER_UNKNOWN || refused.code() == PairingError.PEER_PIN_MISMATCH;
        }
    }
}
