package io.holdfast.cli.site;

import io.holdfast.cli.CommandFailure;
import io.holdfast.cli.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Trust in a site's own certificate authority. */
final class Authority {
    private Authority() {}

    /** @throws CommandFailure {@code USAGE} when the file holds no certificate */
    static SSLContext trusting(Path pem) {
        try (InputStream file = Files.newInputStream(pem)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                trusted.setCertificateEntry("site-" + number++, certificate);
            }
            if (number == 0) {
                throw new CommandFailure(ExitCode.USAGE, "%s holds no certificate".formatted(pem));
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException unusable) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "the certificates in %s cannot be read: %s".formatted(pem, unusable.getMessage()),
                    unusable);
        }
    }
}
