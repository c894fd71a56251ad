package io.holdfast.replicationagent.machine.guest;

import io.holdfast.replicationagent.quiesce.GuestAgentException;
import java.util.ArrayList;
import java.util.List;

/** A Windows guest's card by {@code netsh}, for IPv4 only. Written after its documentation; it has never met a Windows. Stateless. */
final class WindowsAddresses {
    private static final String NETSH = "C:\\Windows\\System32\\netsh.exe";

    private WindowsAddresses() {}

    /** @throws GuestAgentException {@code REFUSED} for what is not given to a Windows guest */
    static List<GuestDoor.Program> programs(String card, GuestAddresses wanted) throws GuestAgentException {
        boolean four = wanted.addresses().stream().allMatch(GuestAddresses.Prefixed::v4)
                && wanted.gateways().stream().allMatch(GuestAddresses::isV4)
                && wanted.dnsServers().stream().allMatch(GuestAddresses::isV4);
        if (!four) {
            throw new GuestAgentException(
                    GuestAgentException.Kind.REFUSED, "a Windows guest is given IPv4 addresses only");
        }
        List<GuestDoor.Program> programs = new ArrayList<>();
        String name = "name=" + card;
        GuestAddresses.Prefixed first = wanted.addresses().getFirst();
        List<String> set = new ArrayList<>(
                List.of("set", "address", name, "source=static", "address=" + first.address(), "mask=" + first.mask()));
        set.add(
                wanted.gateways().isEmpty()
                        ? "gateway=none"
                        : "gateway=" + wanted.gateways().getFirst());
        programs.add(netsh(set));
        wanted.addresses().stream()
                .skip(1)
                .forEach(more -> programs.add(
                        netsh(List.of("add", "address", name, "address=" + more.address(), "mask=" + more.mask()))));
        for (int i = 0; i < wanted.dnsServers().size(); i++) {
            String server = "address=" + wanted.dnsServers().get(i);
            programs.add(netsh(
                    i == 0
                            ? List.of("set", "dnsservers", name, "source=static", server, "validate=no")
                            : List.of("add", "dnsservers", name, server, "validate=no")));
        }
        return programs;
    }

    private static GuestDoor.Program netsh(List<String> words) {
        List<String> arguments = new ArrayList<>(List.of("interface", "ipv4"));
        arguments.addAll(words);
        return new GuestDoor.Program(NETSH, arguments, GuestCommand.OF_WINDOWS);
    }
}
