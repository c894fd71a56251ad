package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import java.util.Set;

/** Networks of this host. Every step may be repeated. Threads: any; calls about one isolated network one at a time. */
public interface MachineNetworks {
    /** Names of the networks in the host's configuration. */
    Set<String> hostNetworks();

    /** @throws HoldfastException {@code NETWORK_UNKNOWN}, or {@code ADAPTER_MISSING} when this host cannot make isolated networks */
    void check(MachineOrder order);

    /** Makes an isolated network if it is not there. */
    void create(IsolatedKey network) throws MachineFailure;

    /** Connects the cards of a machine whose process is there and whose guest is not let go. */
    void connect(MachineOrder order) throws MachineFailure;

    /** Removes an isolated network. Best effort: what is left is found by {@link #sweep}. */
    void remove(IsolatedKey network);

    /** Removes every isolated network of this agent that is not among these. */
    void sweep(Set<IsolatedKey> used);
}
