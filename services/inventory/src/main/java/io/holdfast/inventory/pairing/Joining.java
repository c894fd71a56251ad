package io.holdfast.inventory.pairing;

/** The joining side of docs/pairing.md, "Join". Thread-safe; may be repeated with the same token whatever happened before. */
public final class Joining {
    private final PeerBook peers;
    private final PeerLink link;
    private final Transactions transactions;
    private final String ownName;

    public Joining(PeerBook peers, PeerLink link, Transactions transactions, String ownName) {
        this.peers = peers;
        this.link = link;
        this.transactions = transactions;
        this.ownName = ownName;
    }

    /**
     * Joins the site that gave the token out; waits for it, not longer than the link's limit.
     *
     * @throws io.holdfast.kernel.error.HoldfastException with a {@link PairingError}; this site is as it was then
     */
    public Peer join(PeerToken token) {
        transactions.run(() -> peers.mayJoin(token));
        PeerLink.Welcome welcome = link.join(token, ownName);
        return transactions.call(() -> peers.joined(token, welcome.authority(), welcome.name()));
    }
}
