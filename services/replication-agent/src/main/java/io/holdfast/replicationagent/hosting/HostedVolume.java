package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.capture.SplitterDevice;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;

/** An attached volume: served, or not and why. */
public sealed interface HostedVolume {
    VolumeAttachment attachment();

    /** @param device what guests see */
    record Served(VolumeAttachment attachment, Volume volume, SplitterDevice device) implements HostedVolume {}

    /** @param cause has the stable code */
    record Unavailable(VolumeAttachment attachment, HoldfastException cause) implements HostedVolume {}
}
