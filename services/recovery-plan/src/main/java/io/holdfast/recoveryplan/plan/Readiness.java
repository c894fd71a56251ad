package io.holdfast.recoveryplan.plan;

import java.time.Duration;
import java.util.List;

/** How a recovery group shows that it works before the groups that depend on it begin. */
public sealed interface Readiness {

    /**
     * Every volume of the group can be opened as an NBD export, and its first and last block can be read.
     *
     * @param timeout from the first attempt until the group counts as not ready; 1 s to 1 h
     */
    record NbdExport(Duration timeout) implements Readiness {}

    /**
     * Every machine of the group runs, and each of its probes has passed once.
     *
     * @param probes none = running suffices
     * @param timeout from when all machines run until the group counts as not ready; 1 s to 1 h
     */
    record Machines(List<MachineProbe> probes, Duration timeout) implements Readiness {
        public Machines {
            probes = List.copyOf(probes);
        }
    }

    /** Nothing is probed: the group counts as ready when its sessions are open, and its machines run if it has any. */
    record None() implements Readiness {}
}
