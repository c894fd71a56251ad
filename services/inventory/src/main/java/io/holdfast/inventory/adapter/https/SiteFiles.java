package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.pairing.CertifiedSite;
import io.holdfast.inventory.pairing.PairingError;
import io.holdfast.inventory.pairing.SiteCertificate;
import io.holdfast.inventory.pairing.SiteCertificate.Use;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SiteId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * This site's certificate for the link, its key, and its authority, as PEM files. They are read for every handshake: who issues them renews them in place.
 *
 * @param key PKCS#8, not encrypted
 * @param authority the self-signed certificate of the site's authority, alone
 */
public record SiteFiles(Path certificate, Path key, Path authority, SiteId site) {
    private static final long MAX_BYTES = 64 << 10;
    private static final List<String> KEYS = List.of("EC", "RSA", "EdDSA");

    /**
     * @param self what a peer will take this site for
     * @param chain the end first, the authority last
     */
    public record Loaded(CertifiedSite self, List<X509Certificate> chain, PrivateKey key) {}

    /** @throws HoldfastException {@code PAIRING_OFF}: with these files a peer would refuse this site */
    public Loaded load() {
        try {
            List<X509Certificate> chain = new ArrayList<>(certificates(certificate));
            List<X509Certificate> authorities = certificates(authority);
            if (authorities.size() != 1) {
                throw off("%s holds %d certificates and has to hold the site's authority alone"
                        .formatted(authority, authorities.size()));
            }
            chain.remove(authorities.getFirst());
            chain.addAll(authorities);
            CertifiedSite self = SiteCertificate.check(chain, Use.CALLED, Optional.empty(), Instant.now());
            SiteCertificate.check(chain, Use.CALLING, Optional.empty(), Instant.now());
            self.require(site);
            return new Loaded(self, List.copyOf(chain), privateKey());
        } catch (HoldfastException refused) {
            throw refused.code() == PairingError.PAIRING_OFF
                    ? refused
                    : off("of %s: %s".formatted(certificate, refused.getMessage()));
        } catch (IOException | GeneralSecurityException | IllegalArgumentException unusable) {
            throw off("the certificate %s, its key %s or the authority %s cannot be used: %s"
                    .formatted(certificate, key, authority, unusable));
        }
    }

    private static HoldfastException off(String why) {
        return new HoldfastException(PairingError.PAIRING_OFF, "this site cannot pair now: " + why);
    }

    private static List<X509Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        return CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(read(file)))
                .stream()
                .map(X509Certificate.class::cast)
                .toList();
    }

    private PrivateKey privateKey() throws IOException, GeneralSecurityException {
        String pem = new String(read(key), java.nio.charset.StandardCharsets.US_ASCII);
        String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        var encoded = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
        for (String algorithm : KEYS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (InvalidKeySpecException another) {
                // The next one.
            }
        }
        throw new InvalidKeySpecException("no PKCS#8 key of the kinds " + KEYS);
    }

    private static byte[] read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes((int) MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("%s is larger than %d bytes".formatted(file, MAX_BYTES));
            }
            return bytes;
        }
    }
}
