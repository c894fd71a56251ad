package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How the VMs of a recovery group are started (F87).
 *
 * @param powerOn false: the group is recovered to disks only, and everything else here is without effect
 * @param hosts that may run them; empty = any host whose agent is connected and runs machines
 * @param test for TEST runs, by name of the network at the machine's own site. A NIC whose network is not named has no link
 * @param live for every other run
 * @param allowProductionNetworkInTest whether {@code test} may name a network of the host
 * @param startOrder VMs of one list start together, after those of the list before run; VMs that are not named start last
 * @param shutdownGrace time for a guest to shut down by itself when its machine is stopped; zero cuts its power, which costs nothing, because the writes of
 *     a machine that is stopped are thrown away
 * @param cards at most one for each card of a VM
 */
public record MachineRules(
        boolean powerOn,
        List<HostId> hosts,
        Map<String, NetworkTarget> test,
        Map<String, NetworkTarget> live,
        boolean allowProductionNetworkInTest,
        List<List<VmId>> startOrder,
        Duration shutdownGrace,
        List<CardRules> cards) {
    /** Disks only. */
    public static final MachineRules OFF =
            new MachineRules(false, List.of(), Map.of(), Map.of(), false, List.of(), Duration.ZERO);

    /** The same rules with other networks for tests. */
    public MachineRules withTest(Map<String, NetworkTarget> networks) {
        return new MachineRules(
                powerOn, hosts, networks, live, allowProductionNetworkInTest, startOrder, shutdownGrace, cards);
    }

    public MachineRules {
        hosts = List.copyOf(hosts);
        test = Map.copyOf(test);
        live = Map.copyOf(live);
        startOrder = startOrder.stream().map(List::copyOf).toList();
        // What was stored by an earlier version has none.
        cards = cards == null ? List.of() : List.copyOf(cards);
    }

    /** Nothing is said about single cards. */
    public MachineRules(
            boolean powerOn,
            List<HostId> hosts,
            Map<String, NetworkTarget> test,
            Map<String, NetworkTarget> live,
            boolean allowProductionNetworkInTest,
            List<List<VmId>> startOrder,
            Duration shutdownGrace) {
        this(powerOn, hosts, test, live, allowProductionNetworkInTest, startOrder, shutdownGrace, List.of());
    }
}
