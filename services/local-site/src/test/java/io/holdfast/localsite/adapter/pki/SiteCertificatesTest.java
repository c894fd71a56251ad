package io.holdfast.localsite.adapter.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.SiteId;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SiteCertificatesTest {
    private static final SiteId SITE = SiteId.random();
    private static final AgentId AGENT = AgentId.random();
    private static final char[] NO_PASSWORD = {};

    @TempDir
    Path directory;

    private SiteCertificates certificates(Instant now) {
        return new SiteCertificates(directory, SITE, InstantSource.fixed(now));
    }

    private static X509Certificate read(Path file) throws Exception {
        try (InputStream stream = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }

    private static SSLContext tls(SiteCertificates.Files files) throws Exception {
        PrivateKey key;
        try (PEMParser parser = new PEMParser(new StringReader(Files.readString(files.key())))) {
            key = new JcaPEMKeyConverter().getPrivateKey((PrivateKeyInfo) parser.readObject());
        }
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, NO_PASSWORD);
        own.setKeyEntry("own", key, NO_PASSWORD, new Certificate[] {read(files.certificate())});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, NO_PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, NO_PASSWORD);
        trusted.setCertificateEntry("ca", read(files.trust()));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /** A whole mutual handshake over a socket, with the host name checked; gives the client as the server sees it. */
    private static X509Certificate handshake(SSLContext server, SSLContext client, String host) throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (SSLServerSocket listening =
                (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 1, loopback)) {
            listening.setNeedClientAuth(true);
            CompletableFuture<X509Certificate> seen = CompletableFuture.supplyAsync(() -> {
                try (SSLSocket accepted = (SSLSocket) listening.accept()) {
                    accepted.setSoTimeout(10_000);
                    accepted.getOutputStream().write(accepted.getInputStream().read());
                    return (X509Certificate) accepted.getSession().getPeerCertificates()[0];
                } catch (IOException refused) {
                    throw new IllegalStateException(refused);
                }
            });
            try (Socket plain = new Socket(loopback, listening.getLocalPort());
                    SSLSocket socket = (SSLSocket)
                            client.getSocketFactory().createSocket(plain, host, listening.getLocalPort(), true)) {
                socket.setSoTimeout(10_000);
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.getOutputStream().write(7);
                assertThat(socket.getInputStream().read()).isEqualTo(7);
            }
            return seen.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void agent_and_router_accept_each_other_by_both_of_the_routers_names() throws Exception {
        SiteCertificates certificates = certificates(Instant.now());
        SSLContext router = tls(certificates.router());
        SSLContext agent = tls(certificates.agent(AGENT));

        for (String host : new String[] {"localhost", "127.0.0.1"}) {
            X509Certificate seen = handshake(router, agent, host);
            assertThat(seen.getSubjectAlternativeNames()).anySatisfy(name -> assertThat(name.get(1))
                    .isEqualTo("spiffe://holdfast/site/%s/agent/%s".formatted(SITE, AGENT)));
        }
    }

    @Test
    void the_router_refuses_an_agent_of_another_sites_authority(@TempDir Path elsewhere) throws Exception {
        SSLContext router = tls(certificates(Instant.now()).router());
        SiteCertificates.Files stranger = new SiteCertificates(elsewhere, SITE, InstantSource.system()).agent(AGENT);
        SSLContext agent =
                tls(new SiteCertificates.Files(stranger.certificate(), stranger.key(), directory.resolve("ca.crt")));

        assertThatThrownBy(() -> handshake(router, agent, "localhost")).isInstanceOf(IOException.class);
    }

    @Test
    void an_agent_cannot_pose_as_the_router() throws Exception {
        SiteCertificates certificates = certificates(Instant.now());
        SSLContext posing = tls(certificates.agent(AGENT));

        assertThatThrownBy(() -> handshake(posing, tls(certificates.agent(AgentId.random())), "localhost"))
                .isInstanceOf(SSLException.class);
    }

    @Test
    void private_keys_are_their_owners_alone() throws Exception {
        SiteCertificates.Files files = certificates(Instant.now()).router();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.key())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("ca.key"))))
                .isEqualTo("rw-------");
        assertThat(Files.readString(files.key())).startsWith("-----BEGIN PRIVATE KEY-----");
    }

    @Test
    void certificates_are_kept_between_runs() throws Exception {
        Instant now = Instant.now();
        byte[] first = Files.readAllBytes(certificates(now).router().certificate());
        byte[] later = Files.readAllBytes(
                certificates(now.plus(Duration.ofDays(200))).router().certificate());
        assertThat(later).isEqualTo(first);
    }

    @Test
    void a_certificate_that_expires_soon_is_made_anew_by_the_same_authority() throws Exception {
        Instant now = Instant.now();
        X509Certificate first = read(certificates(now).router().certificate());
        byte[] authority = Files.readAllBytes(directory.resolve("ca.crt"));
        Instant close = now.plus(Duration.ofDays(320));
        X509Certificate renewed = read(certificates(close).router().certificate());

        assertThat(renewed.getSerialNumber()).isNotEqualTo(first.getSerialNumber());
        assertThat(renewed.getNotAfter().toInstant()).isAfter(close.plus(Duration.ofDays(300)));
        assertThat(Files.readAllBytes(directory.resolve("ca.crt"))).isEqualTo(authority);
    }

    @Test
    void an_authority_that_would_expire_first_is_made_anew_with_everything_it_signed() throws Exception {
        Instant now = Instant.now();
        certificates(now).router();
        Instant nineYears = now.plus(Duration.ofDays(3300));
        SiteCertificates later = certificates(nineYears);
        X509Certificate router = read(later.router().certificate());
        X509Certificate authority = read(directory.resolve("ca.crt"));

        router.verify(authority.getPublicKey());
        assertThat(authority.getNotAfter()).isAfter(router.getNotAfter());
    }

    @Test
    void damaged_and_mismatched_files_are_replaced_by_working_ones() throws Exception {
        SiteCertificates certificates = certificates(Instant.now());
        SiteCertificates.Files router = certificates.router();
        SiteCertificates.Files agent = certificates.agent(AGENT);
        for (String damage : new String[] {
            "",
            "not PEM",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            Files.readString(agent.certificate())
        }) {
            Files.writeString(router.certificate(), damage);
            handshake(tls(certificates.router()), tls(certificates.agent(AGENT)), "localhost");
        }
    }
}
