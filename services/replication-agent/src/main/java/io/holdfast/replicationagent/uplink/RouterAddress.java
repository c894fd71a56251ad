package io.holdfast.replicationagent.uplink;

import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import java.util.regex.Pattern;

/** Where a router listens: a host name or address, and a port. */
public record RouterAddress(String host, int port) {
    private static final Pattern TEXT = Pattern.compile("(\\[[0-9a-fA-F:.%]+]|[^\\s:/\\[\\]]+):(\\d{1,5})");

    /** @throws HoldfastException {@code INVALID_CONFIGURATION} for anything but {@code host:port} */
    public static RouterAddress parse(String text) {
        var match = TEXT.matcher(text == null ? "" : text.strip());
        if (match.matches()) {
            int port = Integer.parseInt(match.group(2));
            if (port >= 1 && port <= 65_535) {
                return new RouterAddress(match.group(1), port);
            }
        }
        throw new HoldfastException(
                CommonError.INVALID_CONFIGURATION,
                "'%s' is not a router's address; write host:port, such as router.recovery.example:9443 or [2001:db8::1]:9443"
                        .formatted(text));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
