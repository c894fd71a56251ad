package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.AgentError;
import io.holdfast.replicationagent.adapter.machine.Programs.Result;
import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineNetworks;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import io.holdfast.replicationagent.machine.NetworkLink;
import io.holdfast.replicationagent.machine.NetworkLink.HostNetwork;
import io.holdfast.replicationagent.machine.NetworkLink.IsolatedNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Bridges of the host, and network namespaces with a bridge each, through iproute2.
 *
 * <p>QEMU opens a card's tap device in the host's own namespace; then the device is moved into the network's namespace. The device goes, the open file stays with
 * QEMU (drivers/net/tun.c: a file holds the device, wherever that lies). So QEMU reaches the exports of the journal-store and its guest nothing but the bridge. The
 * device is gone when QEMU is.
 */
public final class LinuxNetworks implements MachineNetworks {
    /** The bridge in every isolated network. */
    static final String BRIDGE = "br0";

    private static final System.Logger LOG = System.getLogger(LinuxNetworks.class.getName());
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final int CAP_NET_ADMIN = 12;
    private static final int CAP_SYS_ADMIN = 21;

    private final Map<String, String> bridges;
    private final MachineFolders folders;
    private final Optional<Path> ip = Programs.find("ip");

    /** @param bridges the host's networks: name to bridge */
    public LinuxNetworks(Map<String, String> bridges, MachineFolders folders) {
        this.bridges = Map.copyOf(bridges);
        this.folders = folders;
    }

    @Override
    public Set<String> hostNetworks() {
        return bridges.keySet();
    }

    /** What this host lacks for connecting machines; empty = nothing. */
    public static Optional<String> missing() {
        if (Programs.find("ip").isEmpty()) {
            return Optional.of("the program ip (package iproute2)");
        }
        if (Files.notExists(TUN)) {
            return Optional.of(TUN + " (kernel module tun)");
        }
        if (!has(CAP_NET_ADMIN)) {
            return Optional.of("the capability NET_ADMIN");
        }
        return Optional.empty();
    }

    private static boolean has(int capability) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("CapEff:"))
                    .map(line -> Long.parseUnsignedLong(
                            line.substring(line.indexOf(':') + 1).strip(), 16))
                    .anyMatch(set -> (set >> capability & 1) != 0);
        } catch (IOException | NumberFormatException unknown) {
            return false;
        }
    }

    @Override
    public void check(MachineOrder order) {
        for (NetworkLink link : order.connections().values()) {
            if (link instanceof HostNetwork host && !bridges.containsKey(host.name())) {
                throw new HoldfastException(
                        AgentError.NETWORK_UNKNOWN,
                        "this host has no network '%s'; its configuration has %s"
                                .formatted(host.name(), new TreeSet<>(bridges.keySet())));
            }
        }
        if (!order.connections().isEmpty()) {
            missing().ifPresent(what -> {
                throw lacking(what);
            });
            if (!order.isolatedNetworks().isEmpty() && !has(CAP_SYS_ADMIN)) {
                throw lacking("the capability SYS_ADMIN");
            }
        }
    }

    private static HoldfastException lacking(String what) {
        return new HoldfastException(
                AgentError.ADAPTER_MISSING, "this host cannot connect machines: the agent lacks " + what);
    }

    String namespaceOf(IsolatedKey network) {
        return folders.namespace(network.run().toString(), network.name());
    }

    @Override
    public void create(IsolatedKey network) throws MachineFailure {
        String namespace = namespaceOf(network);
        // One whose making was cut short is a file that is no namespace.
        if (Files.exists(NAMESPACES.resolve(namespace))
                && !attempt("-n", namespace, "link", "show").isGood()) {
            run("netns", "del", namespace);
        }
        if (Files.notExists(NAMESPACES.resolve(namespace))) {
            run("netns", "add", namespace);
        }
        if (!attempt("-n", namespace, "link", "show", BRIDGE).isGood()) {
            run("-n", namespace, "link", "add", BRIDGE, "type", "bridge");
        }
        // Without a querier, snooping would keep IPv6's neighbour discovery from guests.
        run("-n", namespace, "link", "set", BRIDGE, "type", "bridge", "mcast_snooping", "0");
        run("-n", namespace, "link", "set", BRIDGE, "up");
    }

    @Override
    public void connect(MachineOrder order) throws MachineFailure {
        for (Map.Entry<Integer, NetworkLink> card : order.connections().entrySet()) {
            String tap = folders.tap(order.id(), card.getKey());
            switch (card.getValue()) {
                case HostNetwork host -> run("link", "set", tap, "master", bridges.get(host.name()), "up");
                case IsolatedNetwork isolated -> {
                    String namespace = namespaceOf(new IsolatedKey(order.run(), isolated.name()));
                    if (attempt("link", "show", tap).isGood()) {
                        run("link", "set", tap, "netns", namespace);
                    }
                    run("-n", namespace, "link", "set", tap, "master", BRIDGE, "up");
                }
            }
        }
    }

    @Override
    public void remove(IsolatedKey network) {
        removeNamespace(namespaceOf(network));
    }

    private void removeNamespace(String namespace) {
        try {
            if (Files.exists(NAMESPACES.resolve(namespace))) {
                run("netns", "del", namespace);
            }
        } catch (MachineFailure left) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "An isolated network is left behind until the next start; namespace=" + namespace + ": "
                            + left.getMessage());
        }
    }

    @Override
    public void sweep(Set<IsolatedKey> used) {
        Set<String> wanted = used.stream().map(this::namespaceOf).collect(Collectors.toSet());
        if (Files.notExists(NAMESPACES)) {
            return;
        }
        try (Stream<Path> all = Files.list(NAMESPACES)) {
            all.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith(folders.namespacePrefix()) && !wanted.contains(name))
                    .toList()
                    .forEach(this::removeNamespace);
        } catch (IOException unreadable) {
            LOG.log(System.Logger.Level.WARNING, "Isolated networks of before cannot be looked for", unreadable);
        }
    }

    private Result attempt(String... arguments) throws MachineFailure {
        try {
            return Programs.run(
                    ip.orElseThrow(() -> new IOException("the program ip is not installed")), List.of(arguments));
        } catch (IOException failed) {
            throw new MachineFailure("ip %s: %s".formatted(String.join(" ", arguments), failed.getMessage()), failed);
        }
    }

    void run(String... arguments) throws MachineFailure {
        Result result = attempt(arguments);
        if (!result.isGood()) {
            throw new MachineFailure("ip %s: %s".formatted(String.join(" ", arguments), result.output()));
        }
    }
}
