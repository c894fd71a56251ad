package io.holdfast.inventory.adapter.rest;

import io.holdfast.inventory.pairing.CertifiedSite;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.PeerAddress;
import io.holdfast.kernel.error.HoldfastException;
import java.util.Optional;
import java.util.function.Supplier;

/** This site as its peers meet it. */
public final class OwnSite {
    private final Supplier<CertifiedSite> certificate;
    private final Optional<PeerAddress> address;

    /** @param certificate throws {@code PAIRING_OFF} when there is none that a peer would take */
    public OwnSite(Supplier<CertifiedSite> certificate, Optional<PeerAddress> address) {
        this.certificate = certificate;
        this.address = address;
    }

    CertifiedSite certificate() {
        return certificate.get();
    }

    /** @throws HoldfastException {@code PAIRING_OFF} when nobody can call here */
    PeerAddress address() {
        return address.orElseThrow(() -> new HoldfastException(
                PairingError.PAIRING_OFF,
                "this site has no address for other sites: holdfast.pairing.advertised-address is not set"));
    }
}
