package io.holdfast.replicationagent.machine;

import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Who needs which isolated network: it is made with the first machine and removed with the last. Threads: any. */
final class NetworkUse {
    private final MachineNetworks networks;
    private final Map<IsolatedKey, Set<MachineId>> users = new HashMap<>();

    NetworkUse(MachineNetworks networks) {
        this.networks = networks;
    }

    /** The machine may have its networks already: nothing is made, and nobody else's leaving takes them away. */
    synchronized void remember(MachineOrder order) {
        order.isolatedNetworks()
                .forEach(key -> users.computeIfAbsent(key, _ -> new HashSet<>()).add(order.id()));
    }

    synchronized void acquire(MachineOrder order) throws MachineFailure {
        remember(order);
        for (IsolatedKey key : order.isolatedNetworks()) {
            networks.create(key);
        }
    }

    synchronized void release(MachineOrder order) {
        for (IsolatedKey key : order.isolatedNetworks()) {
            Set<MachineId> left = users.getOrDefault(key, new HashSet<>());
            if (left.remove(order.id()) && left.isEmpty()) {
                users.remove(key);
                networks.remove(key);
            }
        }
    }

    /** What a crash left behind of networks that nobody needs. */
    synchronized void sweep() {
        networks.sweep(Set.copyOf(users.keySet()));
    }
}
