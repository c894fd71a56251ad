package io.holdfast.replicationrouter.adapter.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.SiteId;
import io.holdfast.replicationrouter.session.AgentIdentity;
import io.holdfast.replicationrouter.session.RouterError;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Reads who the agent is from its certificate, which the TLS handshake has verified against the site's CA. A certificate without
 * exactly one name of the form {@code spiffe://holdfast/site/<site id>/agent/<agent id>} gets {@code UNAUTHENTICATED}.
 */
final class PeerIdentity implements ServerInterceptor {
    static final Context.Key<AgentIdentity> KEY = Context.key("agent-identity");

    private static final int SAN_URI = 6;
    private static final Pattern NAME =
            Pattern.compile("spiffe://holdfast/site/([0-9a-fA-F-]{36})/agent/([0-9a-fA-F-]{36})");

    private final Runnable refused;

    PeerIdentity(Runnable refused) {
        this.refused = refused;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Optional<AgentIdentity> identity = Optional.ofNullable(
                        call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION))
                .flatMap(PeerIdentity::leaf)
                .flatMap(PeerIdentity::of);
        if (identity.isEmpty()) {
            refused.run();
            call.close(
                    Status.UNAUTHENTICATED.withDescription(
                            RouterError.IDENTITY_MISSING
                                    + ": the certificate names no agent; it needs one URI such as spiffe://holdfast/site/<site id>/agent/<agent id>"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return Contexts.interceptCall(Context.current().withValue(KEY, identity.get()), call, headers, next);
    }

    private static Optional<X509Certificate> leaf(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate leaf ? Optional.of(leaf) : Optional.empty();
        } catch (SSLPeerUnverifiedException none) {
            return Optional.empty();
        }
    }

    /** The one agent that the certificate names; empty for none, several, or a name that is not of the form. */
    static Optional<AgentIdentity> of(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            List<String> uris = names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> Integer.valueOf(SAN_URI).equals(name.get(0)))
                            .map(name -> String.valueOf(name.get(1)))
                            .toList();
            return uris.size() == 1 ? parse(uris.getFirst()) : Optional.empty();
        } catch (CertificateParsingException malformed) {
            return Optional.empty();
        }
    }

    static Optional<AgentIdentity> parse(String uri) {
        Matcher matcher = NAME.matcher(uri);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new AgentIdentity(SiteId.parse(matcher.group(1)), AgentId.parse(matcher.group(2))));
        } catch (HoldfastException notIds) {
            return Optional.empty();
        }
    }
}
