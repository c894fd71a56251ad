package io.holdfast.inventory.pairing;

import io.holdfast.kernel.id.SiteId;
import java.util.List;
import java.util.Optional;

/** Where peers are kept. All calls belong to the caller's transaction. */
public interface Peers {
    Optional<Peer> find(SiteId id);

    /** All of them, in the order of id: {@link PeerBook#MOST_PEERS} that stand, and those that were revoked. */
    List<Peer> list(Optional<SiteId> after, int limit);

    long countStanding();

    /** @throws RuntimeException when two transactions write the same peer: one of them fails as a whole */
    void save(Peer peer);
}
