package io.holdfast.inventory.mirror;

import io.holdfast.inventory.pairing.Peer;

/** The call of docs/pairing.md, "Mirrored status". Bounded in time and size. */
public interface StatusLink {
    /** @throws io.holdfast.kernel.error.HoldfastException of this side, or as the other site has said it */
    Exchange exchange(Peer peer, Exchange told);
}
