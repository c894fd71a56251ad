package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.nbd.BlockDevice;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;
import io.holdfast.replicationagent.ownership.VmGate;

/** An attached volume: served or captured, or not and why. */
public sealed interface HostedVolume {
    VolumeAttachment attachment();

    /**
     * @param device what guests see
     * @param gate of the machine, which the device passes
     */
    record Served(VolumeAttachment attachment, Volume volume, BlockDevice device, VmGate gate)
            implements HostedVolume {}

    /** Captured from a running machine: not served to anybody. */
    record Captured(VolumeAttachment attachment, Volume volume) implements HostedVolume {}

    /** @param cause has the stable code */
    record Unavailable(VolumeAttachment attachment, HoldfastException cause) implements HostedVolume {}
}
