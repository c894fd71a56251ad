package io.holdfast.replicationagent.machine.guest;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;

/**
 * What a card of a guest is to have, instead of what the guest's own settings say.
 *
 * @param addresses with the length of their prefix, 1 to {@value #MAX_ADDRESSES}
 * @param gateways at most one for IPv4 and one for IPv6
 * @param dnsServers at most {@value #MAX_SERVERS}
 */
public record GuestAddresses(List<Prefixed> addresses, List<String> gateways, List<String> dnsServers) {
    static final int MAX_ADDRESSES = 16;
    static final int MAX_SERVERS = 8;

    /** @throws HoldfastException {@code MACHINE_SPEC_INVALID} */
    public GuestAddresses {
        addresses = List.copyOf(addresses);
        gateways = List.copyOf(gateways);
        dnsServers = List.copyOf(dnsServers);
        require(!addresses.isEmpty() && addresses.size() <= MAX_ADDRESSES, "addresses", "1 to " + MAX_ADDRESSES);
        require(dnsServers.size() <= MAX_SERVERS, "dns_servers", "at most " + MAX_SERVERS);
        gateways.forEach(each -> literal("gateways", each));
        dnsServers.forEach(each -> literal("dns_servers", each));
        require(
                gateways.stream().map(GuestAddresses::isV4).distinct().count() == gateways.size(),
                "gateways",
                "at most one for IPv4 and one for IPv6");
    }

    /** @param prefix bits of the network: 1 to 32, of IPv6 to 128 */
    public record Prefixed(String address, int prefix) {
        private static final int V4_BITS = 32;
        private static final int V6_BITS = 128;

        public Prefixed {
            int most = literal("addresses", address) instanceof Inet4Address ? V4_BITS : V6_BITS;
            require(prefix >= 1 && prefix <= most, "addresses", "a prefix of 1 to " + most + " bits");
        }

        /** @param text address, slash, prefix */
        public static Prefixed parse(String text) {
            int slash = text.indexOf('/');
            require(slash > 0 && text.substring(slash + 1).matches("\\d{1,3}"), "addresses", "address/prefix");
            return new Prefixed(text.substring(0, slash), Integer.parseInt(text.substring(slash + 1)));
        }

        boolean v4() {
            return isV4(address);
        }

        /** Of IPv4, as Windows wants it. */
        String mask() {
            int bits = -1 << (V4_BITS - prefix);
            return "%d.%d.%d.%d".formatted(bits >>> 24, bits >>> 16 & 0xFF, bits >>> 8 & 0xFF, bits & 0xFF);
        }

        @Override
        public String toString() {
            return address + "/" + prefix;
        }
    }

    static boolean isV4(String address) {
        return InetAddress.ofLiteral(address) instanceof Inet4Address;
    }

    private static InetAddress literal(String field, String text) {
        // The JDK also takes "1.2.3" for 1.2.0.3, and a zone behind a percent sign.
        boolean plain =
                text.indexOf(':') >= 0 || text.chars().filter(c -> c == '.').count() == 3;
        require(plain && text.indexOf('%') < 0, field, "IPv4 or IPv6 addresses");
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException malformed) {
            throw invalid(field, "IPv4 or IPv6 addresses");
        }
    }

    private static void require(boolean holds, String field, String allowed) {
        if (!holds) {
            throw invalid(field, allowed);
        }
    }

    private static HoldfastException invalid(String field, String allowed) {
        return new HoldfastException(
                AgentError.MACHINE_SPEC_INVALID, "links.guest.%s: allowed are %s".formatted(field, allowed));
    }
}
