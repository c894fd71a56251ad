package io.holdfast.recoveryplan.report;

import io.holdfast.recoveryplan.machine.MachineCapture;
import io.holdfast.recoveryplan.machine.MachineScreen;
import io.holdfast.recoveryplan.ownership.Fences;
import java.util.Optional;

/** What agents say now about a run's sources and machines; it is shown with the run, and once more in its report, and is no part of it. */
public record LiveFacts(Fences fences, MachineCapture.Known captures, MachineScreen.Known screens) {
    /** Nothing is known. */
    public static final LiveFacts NONE = new LiveFacts(Fences.NONE, _ -> Optional.empty(), _ -> Optional.empty());
}
