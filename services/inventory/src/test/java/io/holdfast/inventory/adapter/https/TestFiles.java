package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.pairing.CertifiedSite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Files read without any of the checks that a site makes of its own. */
final class TestFiles {
    private TestFiles() {}

    static SiteFiles.Loaded load(SiteFiles files) {
        try {
            List<X509Certificate> chain = new ArrayList<>();
            for (var file : List.of(files.certificate(), files.authority())) {
                try (InputStream in = Files.newInputStream(file)) {
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(in)
                            .forEach(one -> chain.add((X509Certificate) one));
                }
            }
            String pem = Files.readString(files.key()).replaceAll("-----[A-Z ]+-----|\\s", "");
            var key = KeyFactory.getInstance("EC")
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
            return new SiteFiles.Loaded(new CertifiedSite(files.site(), chain.getLast()), chain, key);
        } catch (IOException | GeneralSecurityException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
