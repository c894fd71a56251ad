package io.holdfast.replicationagent.machine;

/**
 * What is told of a machine.
 *
 * @param problem sentence about the probe that does not pass now; empty when none or not running
 * @param consoleTail at most {@value #TAIL_CHARS} characters
 */
public record MachineView(MachineOrder order, MachineState state, String problem, String consoleTail) {
    public static final int TAIL_CHARS = 2_048;

    public MachineView {
        consoleTail = consoleTail.substring(Math.max(0, consoleTail.length() - TAIL_CHARS));
    }
}
