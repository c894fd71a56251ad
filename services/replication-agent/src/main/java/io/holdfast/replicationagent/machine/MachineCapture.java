package io.holdfast.replicationagent.machine;

import io.holdfast.kernel.id.VolumeId;
import java.util.Map;

/**
 * How another agent of this host can capture a machine's writes while it runs, to protect it in the other direction.
 *
 * @param monitor path of a monitor socket that this agent does not use
 * @param guestAgent path of the guest agent's socket; this agent connects for the moment of a probe only
 * @param nodes name of each disk's block node
 */
public record MachineCapture(String monitor, String guestAgent, Map<VolumeId, String> nodes) {
    public MachineCapture {
        nodes = Map.copyOf(nodes);
    }
}
