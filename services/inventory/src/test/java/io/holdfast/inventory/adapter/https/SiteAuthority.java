package io.holdfast.inventory.adapter.https;

import io.holdfast.inventory.pairing.Fingerprint;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.testkit.security.TestAuthority;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** The authority of a site, and certificates from it as a site's link has them. */
public final class SiteAuthority {
    private static final String CONTROL = "URI:spiffe://holdfast/site/%s/control";
    private static final String BOTH_USES = "serverAuth,clientAuth";

    private final TestAuthority authority;

    public SiteAuthority(Path folder, String name) {
        this.authority = TestAuthority.in(folder.resolve(name));
    }

    public X509Certificate certificate() {
        return read(authority.trust()).getFirst();
    }

    Fingerprint fingerprint() {
        return Fingerprint.of(certificate());
    }

    /** What a site's link has: its own name, for both uses. */
    public SiteFiles of(SiteId site) {
        return issue(site, CONTROL.formatted(site), BOTH_USES);
    }

    /** @param site that the files are said to be of; the certificate has the other values */
    SiteFiles issue(SiteId site, String alternativeNames, String uses) {
        List<String> extensions = new ArrayList<>(List.of("basicConstraints=critical,CA:FALSE"));
        if (!uses.isEmpty()) {
            extensions.add("extendedKeyUsage=" + uses);
        }
        if (!alternativeNames.isEmpty()) {
            extensions.add("subjectAltName=" + alternativeNames);
        }
        TestAuthority.PemFiles files = authority.issueWith(extensions);
        return new SiteFiles(files.certificate(), files.key(), files.trust(), site);
    }

    /** As it would be presented. */
    List<X509Certificate> chain(SiteFiles files) {
        List<X509Certificate> chain = new ArrayList<>(read(files.certificate()));
        chain.add(certificate());
        return chain;
    }

    private static List<X509Certificate> read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (IOException | CertificateException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }
}
