package io.holdfast.recoveryplan.machine;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * How another agent of the machine's host can capture its writes, to protect it in the other direction (docs/capture.md).
 *
 * @param qmpSocket path of a monitor that nobody else uses
 * @param guestAgentSocket path; empty if there is none
 */
public record MachineCapture(String qmpSocket, String guestAgentSocket, List<Disk> disks) {
    public MachineCapture {
        disks = List.copyOf(disks);
    }

    /** @param qemuNode name of the block node */
    public record Disk(String volumeId, String qemuNode) {}

    /** What is known of machines now. Thread-safe. */
    @FunctionalInterface
    public interface Known {
        /** Empty if its agent does not report the machine, or how to capture it. */
        Optional<MachineCapture> of(UUID machineId);
    }
}
