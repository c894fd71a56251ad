package io.holdfast.localsite.adapter.pki;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.localsite.identity.PrivateFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;

/**
 * The site's own certificate authority and the certificates of its router, its agents and its control plane (architecture, section 7).
 *
 * <p>Elliptic curve P-256; PEM files; private keys are mode 0600. Certificates are kept between runs and made anew when
 * they would expire soon, belong to another site, or do not match the authority.
 */
public final class SiteCertificates {
    private static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);
    private static final Duration LIFE = Duration.ofDays(365);
    /** A running site does not renew, so what is left must outlast a long run. */
    private static final Duration RENEW_BEFORE = Duration.ofDays(60);

    private final Path directory;
    private final SiteId site;
    private final InstantSource clock;

    public SiteCertificates(Path directory, SiteId site, InstantSource clock) {
        this.directory = directory;
        this.site = site;
        this.clock = clock;
    }

    /** One end's files: what it presents, and what it checks the other end against. */
    public record Files(Path certificate, Path key, Path trust) {}

    /** The router's identity: a TLS server on this machine. */
    public Files router() {
        return issued(
                "router",
                List.of(KeyPurposeId.id_kp_serverAuth),
                List.of(
                        new GeneralName(GeneralName.dNSName, "localhost"),
                        new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                        uri("spiffe://holdfast/site/%s/router".formatted(site))));
    }

    /** An agent's identity: a TLS client that the router knows by the URI. */
    public Files agent(AgentId agent) {
        return issued(
                "agent-" + agent,
                List.of(KeyPurposeId.id_kp_clientAuth),
                List.of(uri("spiffe://holdfast/site/%s/agent/%s".formatted(site, agent))));
    }

    /** The site itself towards its peers, as either end of a connection (docs/pairing.md). */
    public Files control() {
        return issued(
                "control",
                List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth),
                List.of(uri("spiffe://holdfast/site/%s/control".formatted(site))));
    }

    private static GeneralName uri(String uri) {
        return new GeneralName(GeneralName.uniformResourceIdentifier, uri);
    }

    private synchronized Files issued(String name, List<KeyPurposeId> purposes, List<GeneralName> names) {
        PrivateFiles.directory(directory);
        KeyedCertificate authority = authority();
        Files files = files(name);
        Optional<KeyedCertificate> kept = KeyedCertificate.read(files.certificate(), files.key());
        boolean usable = kept.filter(leaf -> leaf.isIssuedBy(authority))
                .filter(leaf -> leaf.outlasts(clock.instant().plus(RENEW_BEFORE)))
                .filter(leaf -> leaf.hasNames(names))
                .isPresent();
        if (!usable) {
            Instant now = clock.instant();
            authority
                    .issue("CN=Holdfast " + name, purposes, names, now, now.plus(LIFE))
                    .write(files.certificate(), files.key());
        }
        return files;
    }

    private KeyedCertificate authority() {
        Files files = files("ca");
        Instant now = clock.instant();
        // What it signs must never outlive it.
        Instant needed = now.plus(LIFE).plus(RENEW_BEFORE);
        return KeyedCertificate.read(files.certificate(), files.key())
                .filter(kept -> kept.outlasts(needed))
                .filter(kept -> kept.isFor(authoritySubject()))
                .orElseGet(() -> {
                    KeyedCertificate made =
                            KeyedCertificate.authority(authoritySubject(), now, now.plus(AUTHORITY_LIFE));
                    made.write(files.certificate(), files.key());
                    return made;
                });
    }

    private String authoritySubject() {
        return "CN=Holdfast site " + site;
    }

    private Files files(String name) {
        return new Files(
                directory.resolve(name + ".crt"), directory.resolve(name + ".key"), directory.resolve("ca.crt"));
    }
}
