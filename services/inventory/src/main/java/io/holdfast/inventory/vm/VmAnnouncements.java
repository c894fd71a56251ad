package io.holdfast.inventory.vm;

import io.holdfast.inventory.host.Host;
import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.VmId;
import java.time.Instant;

/** What the rest of the site hears of VMs, if and only if the caller's transaction commits. */
public interface VmAnnouncements {
    /** The whole state of a VM. */
    void announce(Vm vm, Host host);

    void gone(VmId vm);

    /** Orders the agent to capture the VM's disks. */
    void orderAttach(CommandId command, AgentId agent, AttachOrder order, Instant issuedAt, Instant expiresAt);

    void orderDetach(CommandId command, AgentId agent, VmId vm, Instant issuedAt, Instant expiresAt);
}
