package io.holdfast.inventory.pairing;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.security.cert.X509Certificate;
import java.util.Objects;

/**
 * Who the other end of a connection has proved to be: a site, as that authority says. Whether the authority may say so is what {@link #require} and the stored pairing decide.
 *
 * @param authority the self-signed certificate at the end of the chain that was presented
 */
public record CertifiedSite(SiteId site, X509Certificate authority) {
    public CertifiedSite {
        Objects.requireNonNull(site, "site");
        Objects.requireNonNull(authority, "authority");
    }

    /** @throws HoldfastException {@code PEER_NAME_MISMATCH} when it is another site than this */
    public void require(SiteId wanted) {
        if (!site.equals(wanted)) {
            throw new HoldfastException(
                    PairingError.PEER_NAME_MISMATCH,
                    "the certificate there is of site %s, not of site %s".formatted(site, wanted));
        }
    }
}
