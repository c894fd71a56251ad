package io.holdfast.replicationagent.hosting;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.replicationagent.capture.SplitterDevice;
import io.holdfast.replicationagent.capture.Volume;
import io.holdfast.replicationagent.hosting.VmAttachment.VolumeAttachment;

/** An attached volume: served or captured, or not and why. */
public sealed interface HostedVolume {
    VolumeAttachment attachment();

    /** @param device what guests see */
    record Served(VolumeAttachment attachment, Volume volume, SplitterDevice device) implements HostedVolume {}

    /** Captured from a running machine: not served to anybody. */
    record Captured(VolumeAttachment attachment, Volume volume) implements HostedVolume {}

    /** @param cause has the stable code */
    record Unavailable(VolumeAttachment attachment, HoldfastException cause) implements HostedVolume {}
}
