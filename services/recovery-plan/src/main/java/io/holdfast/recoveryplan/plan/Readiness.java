package io.holdfast.recoveryplan.plan;

import java.time.Duration;

/** How a recovery group shows that it works before the groups that depend on it begin. */
public sealed interface Readiness {

    /**
     * Every volume of the group can be opened as an NBD export, and its first and last block can be read.
     *
     * @param timeout from the first attempt until the group counts as not ready; 1 s to 1 h
     */
    record NbdExport(Duration timeout) implements Readiness {}

    /** Nothing is probed: the group counts as ready when its sessions are open. */
    record None() implements Readiness {}
}
