package io.holdfast.replicationrouter.adapter.quarkus;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;

/** PEM files for mutual TLS with agents. */
@ConfigMapping(prefix = "holdfast.tls")
public interface TlsConfig {
    /** The router's certificate, with its chain. */
    Path certificate();

    /** The certificate's key, PKCS#8, not encrypted. */
    Path key();

    /** Certificates of the site's CA, which agents are verified with. */
    Path trust();
}
