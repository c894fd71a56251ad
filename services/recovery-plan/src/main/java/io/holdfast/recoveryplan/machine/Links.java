package io.holdfast.recoveryplan.machine;

import io.holdfast.recoveryplan.plan.NetworkTarget;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Where the NICs of a machine are plugged in. */
public final class Links {
    private Links() {}

    /** By name of the NIC. @param mapped by name of the network at the machine's own site; a NIC whose network is not there has no link */
    public static Map<String, NetworkTarget> of(MachineSpec spec, Map<String, NetworkTarget> mapped) {
        Map<String, NetworkTarget> links = new HashMap<>();
        for (MachineSpec.Nic nic : spec.nics()) {
            NetworkTarget target = mapped.get(nic.network());
            if (target != null) {
                links.put(nic.name(), target);
            }
        }
        return links;
    }

    /** What the machine needs of a host. */
    public static Placer.Need need(KnownMachine machine, Map<String, NetworkTarget> mapped) {
        Set<String> networks = new HashSet<>();
        boolean isolated = false;
        for (NetworkTarget target : of(machine.spec(), mapped).values()) {
            switch (target) {
                case NetworkTarget.Host host -> networks.add(host.name());
                case NetworkTarget.Isolated _ -> isolated = true;
            }
        }
        return new Placer.Need(machine, networks, isolated);
    }
}
