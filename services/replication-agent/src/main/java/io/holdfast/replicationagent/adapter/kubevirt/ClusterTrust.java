package io.holdfast.replicationagent.adapter.kubevirt;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
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

/** Trust in a cluster's own authority and in nobody else. Stateless. */
final class ClusterTrust {
    private ClusterTrust() {}

    /**
     * @param authority PEM
     * @throws HoldfastException {@code INVALID_CONFIGURATION}
     */
    static SSLContext of(Path authority) {
        try (InputStream pem = Files.newInputStream(authority)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                trusted.setCertificateEntry("ca" + number++, certificate);
            }
            if (number == 0) {
                throw new IOException("it holds no certificate");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException unusable) {
            throw new HoldfastException(
                    CommonError.INVALID_CONFIGURATION,
                    "the cluster's authority %s cannot be used: %s".formatted(authority, unusable),
                    unusable);
        }
    }
}
