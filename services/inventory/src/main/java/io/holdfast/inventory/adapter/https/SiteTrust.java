package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.pairing.CertifiedSite;
import io.holdfast.inventory.pairing.Fingerprint;
import io.holdfast.inventory.pairing.SiteCertificate;
import io.holdfast.inventory.pairing.SiteCertificate.Use;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets a handshake through when the other end is a site as docs/pairing.md says. The address it was met at plays no part, so host names are not compared: as an <em>extended</em> manager this
 * one is asked directly, without JSSE's own check of them.
 */
final class SiteTrust extends X509ExtendedTrustManager {
    /** Who the other end has to be. */
    private record Wanted(SiteId site, Fingerprint authority) {}

    private final Optional<Wanted> wanted;
    private volatile CertifiedSite seen;

    private SiteTrust(Optional<Wanted> wanted) {
        this.wanted = wanted;
    }

    /** Whoever proves to be some site. What it may do is decided per request. */
    static SiteTrust anySite() {
        return new SiteTrust(Optional.empty());
    }

    static SiteTrust only(SiteId site, Fingerprint authority) {
        return new SiteTrust(Optional.of(new Wanted(site, authority)));
    }

    /** Who was let through last; for a manager of one connection. */
    CertifiedSite seen() {
        return seen;
    }

    private void check(X509Certificate[] chain, Use use) throws CertificateException {
        try {
            CertifiedSite other =
                    SiteCertificate.check(List.of(chain), use, wanted.map(Wanted::authority), Instant.now());
            wanted.ifPresent(who -> other.require(who.site()));
            seen = other;
        } catch (HoldfastException refused) {
            throw new CertificateException(refused.getMessage(), refused);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, Use.CALLING);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain, Use.CALLED);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, Use.CALLING);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain, Use.CALLED);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, Use.CALLING);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain, Use.CALLED);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
