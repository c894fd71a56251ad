package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.replicationagent.machine.MachineFailure;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where probes inside an isolated network come from. A guest answers an address of its own subnet by itself; any other only through a router, which an isolated
 * network does not have. Nobody tells how large the subnet is, so the bridge takes, for as long as a probe lasts, an address beside the guest's. IPv6 needs none:
 * the bridge's link-local address is in every subnet.
 *
 * <p>Threads: any.
 */
final class ProbeSource {
    /** Lowest bits of neighbours, in the order in which they are tried: of a subnet of four addresses the first is the other host's. */
    private static final int[] NEIGHBOURS = {3, 1, 2, 7, 6, 5, 4, 11, 10, 9, 8};

    private final LinuxNetworks networks;
    private final Map<String, Integer> users = new HashMap<>();

    ProbeSource(LinuxNetworks networks) {
        this.networks = networks;
    }

    /** @param others addresses that guests of the network are known to have */
    static InetAddress beside(Inet4Address guest, Set<InetAddress> others) throws MachineFailure {
        byte[] bytes = guest.getAddress();
        for (int neighbour : NEIGHBOURS) {
            byte[] candidate = bytes.clone();
            candidate[3] ^= (byte) neighbour;
            int last = candidate[3] & 0xff;
            try {
                InetAddress address = InetAddress.getByAddress(candidate);
                if (last != 0 && last != 255 && !others.contains(address)) {
                    return address;
                }
            } catch (UnknownHostException impossible) {
                throw new AssertionError("four bytes are an address", impossible);
            }
        }
        throw new MachineFailure("no address beside " + guest.getHostAddress() + " is free for the probe");
    }

    /** Makes the guest reachable from the bridge, until the same is {@link #release}d. */
    synchronized Path acquire(String namespace, InetAddress guest, Set<InetAddress> others) throws MachineFailure {
        Path path = new Path(
                namespace,
                guest.getHostAddress(),
                guest instanceof Inet4Address four ? beside(four, others).getHostAddress() : "");
        if (count(path.route(), 1) == 1) {
            if (!path.source().isEmpty()) {
                count(path.address(), 1);
                networks.run(path.command("addr", "replace", path.source() + "/32"));
                networks.run(path.command("route", "replace", path.guest() + "/32", "src", path.source()));
            } else {
                networks.run(path.command("route", "replace", path.guest() + "/128"));
            }
        }
        return path;
    }

    synchronized void release(Path path) throws MachineFailure {
        if (count(path.route(), -1) == 0) {
            networks.run(
                    path.command("route", "del", path.guest() + (path.source().isEmpty() ? "/128" : "/32")));
            if (!path.source().isEmpty() && count(path.address(), -1) == 0) {
                networks.run(path.command("addr", "del", path.source() + "/32"));
            }
        }
    }

    private int count(String what, int more) {
        int now = users.merge(what, more, Integer::sum);
        if (now == 0) {
            users.remove(what);
        }
        return now;
    }

    /** @param source empty = the bridge's own */
    record Path(String namespace, String guest, String source) {
        private String route() {
            return "route " + this;
        }

        private String address() {
            return "address " + namespace + " " + source;
        }

        private String[] command(String object, String verb, String target, String... more) {
            List<String> words = new ArrayList<>(List.of("-n", namespace));
            if (source.isEmpty()) {
                words.add("-6");
            }
            words.addAll(List.of(object, verb, target, "dev", LinuxNetworks.BRIDGE));
            words.addAll(List.of(more));
            return words.toArray(String[]::new);
        }
    }
}
