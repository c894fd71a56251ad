package io.holdfast.replicationagent.machine;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where the bytes of a disk are.
 *
 * @param export any name, also one with characters that mean something to QEMU
 */
public record NbdAddress(String host, int port, String export) {
    private static final int DEFAULT_PORT = 10_809;
    private static final int MAX_EXPORT = 4_096;
    private static final String ALLOWED = "nbd://host:port/export";

    public NbdAddress {
        SpecCheck.require(!host.isEmpty(), "volumes.nbd_uri", host, ALLOWED);
        SpecCheck.require(port >= 1 && port <= 65_535, "volumes.nbd_uri", port, "a port of 1 to 65535");
        SpecCheck.require(
                !export.isEmpty() && export.length() <= MAX_EXPORT && export.indexOf('\0') < 0,
                "volumes.nbd_uri",
                export,
                "an export's name of 1 to " + MAX_EXPORT + " characters");
    }

    /** @throws io.holdfast.kernel.error.HoldfastException {@code MACHINE_SPEC_INVALID} */
    public static NbdAddress parse(String uri) {
        try {
            URI parsed = new URI(uri);
            SpecCheck.require(
                    "nbd".equals(parsed.getScheme())
                            && parsed.getHost() != null
                            && parsed.getUserInfo() == null
                            && parsed.getQuery() == null
                            && parsed.getFragment() == null
                            && parsed.getPath().length() > 1,
                    "volumes.nbd_uri",
                    uri,
                    ALLOWED);
            String host = parsed.getHost();
            // An IPv6 address stands in brackets in a URI only.
            host = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            int port = parsed.getPort() < 0 ? DEFAULT_PORT : parsed.getPort();
            return new NbdAddress(host, port, parsed.getPath().substring(1));
        } catch (URISyntaxException malformed) {
            throw SpecCheck.invalid("volumes.nbd_uri", uri, ALLOWED);
        }
    }
}
