package io.holdfast.inventory.pairing;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The checks of docs/pairing.md, "Who is who". Stateless. */
public final class SiteCertificate {
    /** What a certificate is used for, as X.509 names it. */
    public enum Use {
        CALLED("1.3.6.1.5.5.7.3.1"),
        CALLING("1.3.6.1.5.5.7.3.2");

        private final String extendedKeyUsage;

        Use(String extendedKeyUsage) {
            this.extendedKeyUsage = extendedKeyUsage;
        }
    }

    private static final int MOST_CERTIFICATES = 6;
    private static final int TYPE_URI = 6;
    private static final String OURS = "spiffe://holdfast/";
    private static final Pattern CONTROL = Pattern.compile(OURS + "site/([0-9a-f-]{36})/control");

    private SiteCertificate() {}

    /**
     * Who a chain is of.
     *
     * @param chain as presented: the end first, its authority last
     * @param pin what the authority has to be; empty = any, for a site that is not known yet
     * @throws HoldfastException {@code PEER_PIN_MISMATCH}, {@code PEER_CERTIFICATE_INVALID}, {@code PEER_NAME_MISMATCH}
     */
    public static CertifiedSite check(List<X509Certificate> chain, Use use, Optional<Fingerprint> pin, Instant now) {
        if (chain.size() < 2 || chain.size() > MOST_CERTIFICATES) {
            throw invalid("a chain has 2 to %d certificates, its authority last".formatted(MOST_CERTIFICATES), null);
        }
        X509Certificate authority = chain.getLast();
        if (pin.isPresent() && !pin.get().equals(Fingerprint.of(authority))) {
            throw new HoldfastException(
                    PairingError.PEER_PIN_MISMATCH,
                    "the certificate there comes from the authority %s, not from %s"
                            .formatted(Fingerprint.of(authority), pin.get()));
        }
        X509Certificate end = chain.getFirst();
        try {
            checkAuthority(authority, now);
            checkPath(chain, now);
            checkUse(end, use);
        } catch (GeneralSecurityException broken) {
            throw invalid(broken.getMessage(), broken);
        }
        return new CertifiedSite(siteOf(end), authority);
    }

    /** PKIX takes its anchor as it is; ours comes from outside. */
    private static void checkAuthority(X509Certificate authority, Instant now) throws GeneralSecurityException {
        if (authority.getBasicConstraints() < 0) {
            throw invalid("the last certificate of the chain is no authority", null);
        }
        authority.verify(authority.getPublicKey());
        authority.checkValidity(Date.from(now));
    }

    private static void checkPath(List<X509Certificate> chain, Instant now) throws GeneralSecurityException {
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(chain.getLast(), null)));
        // Authorities of sites publish no list; a peer is revoked by its pairing.
        parameters.setRevocationEnabled(false);
        parameters.setDate(Date.from(now));
        CertPathValidator.getInstance("PKIX")
                .validate(
                        CertificateFactory.getInstance("X.509").generateCertPath(chain.subList(0, chain.size() - 1)),
                        parameters);
    }

    private static void checkUse(X509Certificate end, Use use) throws CertificateParsingException {
        List<String> uses = end.getExtendedKeyUsage();
        if (end.getBasicConstraints() >= 0 || uses == null || !uses.contains(use.extendedKeyUsage)) {
            throw invalid("the certificate is not meant for a site that is " + use, null);
        }
    }

    /** @throws HoldfastException {@code PEER_NAME_MISMATCH} when it is of no site's control plane, or of several */
    public static SiteId siteOf(X509Certificate end) {
        try {
            Collection<List<?>> names = end.getSubjectAlternativeNames();
            List<String> ours = (names == null ? List.<List<?>>of() : names)
                    .stream()
                            .filter(name -> name.get(0).equals(TYPE_URI))
                            .map(name -> (String) name.get(1))
                            .filter(uri -> uri.startsWith(OURS))
                            .toList();
            Matcher control = CONTROL.matcher(ours.size() == 1 ? ours.getFirst() : "");
            if (!control.matches()) {
                throw new HoldfastException(
                        PairingError.PEER_NAME_MISMATCH,
                        "the certificate there is not of a site's control plane (%ssite/<id>/control)".formatted(OURS));
            }
            return SiteId.parse(control.group(1));
        } catch (CertificateParsingException malformed) {
            throw invalid(malformed.getMessage(), malformed);
        }
    }

    private static HoldfastException invalid(String why, Throwable cause) {
        return new HoldfastException(
                PairingError.PEER_CERTIFICATE_INVALID, "the certificate there is not valid: %s".formatted(why), cause);
    }
}
