package io.holdfast.journalstore.adapter.relay;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.SiteId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Who this store is at a target: what the certificate says that the target's authority gave it (ADR 0006). */
record TargetIdentity(SiteId site, AgentId agent) {
    private static final Pattern NAME =
            Pattern.compile("spiffe://holdfast/site/([0-9a-fA-F-]{36})/agent/([0-9a-fA-F-]{36})");
    private static final int SAN_URI = 6;

    /** @throws HoldfastException {@code INVALID_CONFIGURATION} when the file is no certificate or names no agent */
    static TargetIdentity of(Path certificate) {
        try (InputStream in = Files.newInputStream(certificate)) {
            X509Certificate read =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            Collection<List<?>> names = read.getSubjectAlternativeNames();
            for (List<?> name : names == null ? List.<List<?>>of() : names) {
                Matcher matcher = NAME.matcher(String.valueOf(name.get(1)));
                if (name.get(0).equals(SAN_URI) && matcher.matches()) {
                    return new TargetIdentity(SiteId.parse(matcher.group(1)), AgentId.parse(matcher.group(2)));
                }
            }
            throw unusable(
                    certificate,
                    "it names no agent; it needs one URI such as spiffe://holdfast/site/<site id>/agent/<agent id>");
        } catch (IOException | CertificateException unreadable) {
            throw unusable(certificate, unreadable.toString());
        }
    }

    private static HoldfastException unusable(Path certificate, String why) {
        return new HoldfastException(
                CommonError.INVALID_CONFIGURATION,
                "holdfast.relay: the certificate %s cannot be used: %s".formatted(certificate, why));
    }
}
