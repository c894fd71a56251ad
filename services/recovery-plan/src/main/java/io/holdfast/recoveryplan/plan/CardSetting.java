package io.holdfast.recoveryplan.plan;

import java.util.List;
import java.util.Optional;

/**
 * @param mac empty = by default: kept, and in a TEST on a network of the host a new one
 * @param addresses with the length of their prefix, which the guest is given after its start; none = it keeps its own settings, and the other two are empty
 * @param gateways at most one for IPv4 and one for IPv6
 */
public record CardSetting(
        Optional<MacRule> mac, List<String> addresses, List<String> gateways, List<String> dnsServers) {
    public static final CardSetting NONE = new CardSetting(Optional.empty(), List.of(), List.of(), List.of());

    public CardSetting {
        addresses = List.copyOf(addresses);
        gateways = List.copyOf(gateways);
        dnsServers = List.copyOf(dnsServers);
    }

    /** Without the lengths of prefixes. */
    public List<String> plainAddresses() {
        return addresses.stream()
                .map(address -> address.substring(0, address.indexOf('/')))
                .toList();
    }
}
