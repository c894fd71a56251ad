package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;
import java.util.Set;

/**
 * A host as the inventory told it last.
 *
 * @param connected whether its agent is connected; orders would reach it
 * @param hosts whether its agent can run machines at all
 * @param freeBytes memory that machines may still have there; 0 or more
 * @param networks names of networks that its configuration has
 */
public record MachineHost(
        HostId id, String name, AgentId agent, boolean connected, boolean hosts, long freeBytes, Set<String> networks) {
    public MachineHost {
        networks = Set.copyOf(networks);
    }

    /** Whether an order to run a machine can be given to it now. */
    public boolean usable() {
        return connected && hosts;
    }

    /** The same host with less room. @param bytes 0 or more */
    public MachineHost reserving(long bytes) {
        return new MachineHost(id, name, agent, connected, hosts, Math.max(0, freeBytes - bytes), networks);
    }
}
