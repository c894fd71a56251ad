package io.holdfast.inventory.pairing;

import io.holdfast.kernel.error.HoldfastException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a site's pairing port is reached. An address is a way to a site and never its identity (F107).
 *
 * @param host a DNS name, an IPv4 address, or an IPv6 address in brackets
 * @param port 1 to 65535
 */
public record PeerAddress(String host, int port) {
    static final int MAX_BYTES = 255;

    private static final Pattern FORM =
            Pattern.compile("([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]{2,45}])" + ":([0-9]{1,5})");

    /** @throws HoldfastException {@code TOKEN_MALFORMED} for anything but {@code host:port} */
    public static PeerAddress parse(String text) {
        Matcher parts = FORM.matcher(text);
        boolean fits = text.getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES && parts.matches();
        int port = fits ? Integer.parseInt(parts.group(3)) : 0;
        if (port < 1 || port > 65535) {
            throw new HoldfastException(
                    PairingError.TOKEN_MALFORMED,
                    "a site's address is host:port, such as dr.example:9444, at most %d characters"
                            .formatted(MAX_BYTES));
        }
        return new PeerAddress(parts.group(1), port);
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
