package io.holdfast.replicationagent.machine.guest;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A Linux guest's card by {@code ip}, of iproute2 or busybox, and its resolver by {@code resolvectl} or the file. Stateless. */
final class LinuxAddresses {
    /** The card, then lists of words of digits, letters, dots, colons and slashes: what the shell reads is no text of a person. */
    private static final String SCRIPT = """
            set -eu
            card=$1
            ip link set dev "$card" up
            ip addr flush dev "$card" scope global
            for address in $2; do ip addr add "$address" dev "$card"; done
            for gateway in $3; do
              case $gateway in
                *:*) ip -6 route replace default via "$gateway" dev "$card" ;;
                *) ip route replace default via "$gateway" dev "$card" ;;
              esac
            done
            if [ -n "$4" ] && ! resolvectl dns "$card" $4 2>/dev/null; then
              for server in $4; do echo "nameserver $server"; done >/etc/resolv.conf
            fi
            """;

    private LinuxAddresses() {}

    static List<GuestDoor.Program> programs(String card, GuestAddresses wanted) {
        String addresses = wanted.addresses().stream()
                .map(GuestAddresses.Prefixed::toString)
                .collect(Collectors.joining(" "));
        return List.of(new GuestDoor.Program(
                "/bin/sh",
                List.of(
                        "-c",
                        SCRIPT,
                        "holdfast",
                        card,
                        addresses,
                        String.join(" ", wanted.gateways()),
                        String.join(" ", wanted.dnsServers())),
                Map.of("PATH", GuestCommand.UNIX_PATH)));
    }
}
