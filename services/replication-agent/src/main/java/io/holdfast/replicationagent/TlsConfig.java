package io.holdfast.replicationagent;

import io.smallrye.config.ConfigMapping;

/** PEM files of the connection to routers. There is no connection without them. */
@ConfigMapping(prefix = "holdfast.tls")
public interface TlsConfig {
    /** The agent's certificate, followed by intermediate ones if there are. */
    String certificate();

    /** Its key, PKCS#8, not encrypted. */
    String key();

    /** Certificates of the authorities that routers' certificates must come from. */
    String trust();
}
