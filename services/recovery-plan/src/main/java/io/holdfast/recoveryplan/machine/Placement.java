package io.holdfast.recoveryplan.machine;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.HostId;

/** Where a machine is to run, and what it is: stored with the run, so that every order of it says the same. */
public record Placement(KnownMachine machine, HostId host, String hostName, AgentId agent) {
    /** The same place for the machine as it is in a run. */
    public Placement with(KnownMachine other) {
        return new Placement(other, host, hostName, agent);
    }
}
