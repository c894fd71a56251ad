package io.holdfast.recoveryplan.execution;

import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import java.time.Instant;
import java.util.List;

/**
 * What is decided at one moment: the run to store, the steps whose effects begin once it is stored, and when to look again.
 *
 * @param begin the steps, {@code Active} in {@code run}
 * @param nextAt when something is due although nothing is reported; the present moment while effects are under way, so that a
 *     restarted service takes the run up at once
 */
public record Turn(Run run, List<Step> begin, Instant nextAt) {
    public Turn {
        begin = List.copyOf(begin);
    }
}
