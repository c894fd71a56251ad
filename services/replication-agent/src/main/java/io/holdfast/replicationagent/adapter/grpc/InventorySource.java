package io.holdfast.replicationagent.adapter.grpc;

import io.holdfast.proto.v1.AgentFrame;
import io.holdfast.replicationagent.hosting.AgentIdentity;
import io.holdfast.replicationagent.hosting.Exports.HostedVm;
import io.holdfast.replicationagent.hosting.HostFacts;
import io.holdfast.replicationagent.machine.HostCapacity;
import java.util.List;
import java.util.function.Supplier;

/**
 * The host's inventory as a frame, made anew each time.
 *
 * @param nbdAddress host:port where guests reach the disks
 * @param capacity for machines of recovery runs
 */
public record InventorySource(
        AgentIdentity identity,
        HostFacts host,
        String nbdAddress,
        Supplier<List<HostedVm>> machines,
        Supplier<HostCapacity> capacity) {
    public AgentFrame frame() {
        return InventoryFrame.of(identity, host, nbdAddress, machines.get(), capacity.get());
    }
}
