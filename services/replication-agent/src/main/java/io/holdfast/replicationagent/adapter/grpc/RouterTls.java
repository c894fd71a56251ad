package io.holdfast.replicationagent.adapter.grpc;

import io.grpc.netty.GrpcSslContexts;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.netty.handler.ssl.SslContext;
import java.nio.file.Path;
import javax.net.ssl.SSLException;

/** The PEM files of the connection to routers. They are read again for every connection, so a renewed certificate is picked up. */
public record RouterTls(Path certificate, Path key, Path trust) {

    /** @throws HoldfastException {@code TLS_FILES_UNUSABLE} */
    SslContext context() {
        try {
            return GrpcSslContexts.forClient()
                    .keyManager(certificate.toFile(), key.toFile())
                    .trustManager(trust.toFile())
                    .build();
        } catch (SSLException | IllegalArgumentException unusable) {
            throw new HoldfastException(
                    AgentError.TLS_FILES_UNUSABLE,
                    "the certificate %s, key %s (PKCS#8) or trust %s cannot be used: %s"
                            .formatted(certificate, key, trust, unusable.getMessage()),
                    unusable);
        }
    }

    /** Fails at start rather than at the first connection. */
    public void check() {
        context();
    }
}
