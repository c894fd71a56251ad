package io.holdfast.inventory.vm;

import java.util.Objects;

/**
 * How somebody wants a VM to be captured. Told to the agent with the order; what is in effect is what the agent reports.
 *
 * @param qmpSocket path of the monitor socket of the VM's QEMU; empty for INLINE
 * @param guestAgentSocket path of the guest agent's socket; empty = there is none
 * @param intervalMs from one poll to the next; 0 unless INTERVAL
 */
public record WantedCapture(CaptureMode mode, String qmpSocket, String guestAgentSocket, int intervalMs) {
    public static final WantedCapture INLINE = new WantedCapture(CaptureMode.INLINE, "", "", 0);

    public WantedCapture {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(qmpSocket, "qmpSocket");
        Objects.requireNonNull(guestAgentSocket, "guestAgentSocket");
    }
}
