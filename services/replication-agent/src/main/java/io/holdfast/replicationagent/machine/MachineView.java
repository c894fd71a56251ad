package io.holdfast.replicationagent.machine;

import io.holdfast.replicationagent.machine.guest.GuestCommandRecord;
import java.util.List;
import java.util.Optional;

/**
 * What is told of a machine.
 *
 * @param problem sentence about the probe that does not pass now; empty when none or not running
 * @param capture how its writes can be captured now
 * @param guestCommands the newest of those that were run in its guest
 * @param consoleTail at most {@value #TAIL_CHARS} characters
 */
public record MachineView(
        MachineOrder order,
        MachineState state,
        String problem,
        Optional<MachineCapture> capture,
        List<GuestCommandRecord> guestCommands,
        String consoleTail) {
    public static final int TAIL_CHARS = 2_048;

    public MachineView {
        guestCommands = List.copyOf(guestCommands);
        consoleTail = consoleTail.substring(Math.max(0, consoleTail.length() - TAIL_CHARS));
    }
}
