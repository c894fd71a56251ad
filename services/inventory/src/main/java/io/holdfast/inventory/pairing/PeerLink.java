package io.holdfast.inventory.pairing;

import io.holdfast.kernel.error.HoldfastException;
import java.security.cert.X509Certificate;

/** The way to another site. Every call is bounded in time and size; nothing is sent before the other end has proved who it is. */
public interface PeerLink {
    /**
     * @param name what the site calls itself, as it came
     * @param authority of the connection
     */
    record Welcome(String name, X509Certificate authority) {}

    /**
     * Steps A2 and A3.
     *
     * @throws HoldfastException with a {@link PairingError}, of this side or as the other has said it
     */
    Welcome join(PeerToken token, String ownName);

    /**
     * Says that the peer is revoked here.
     *
     * @throws HoldfastException as {@link #join}
     */
    void tellRevoked(Peer peer);
}
