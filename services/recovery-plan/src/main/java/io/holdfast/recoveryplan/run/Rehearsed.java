package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.Placement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a run that recovered everything had in its hands. */
public final class Rehearsed {
    private Rehearsed() {}

    /** The machines that its last trial placed, as their checkpoints knew them, by protection group. */
    public static Map<PgId, List<KnownMachine>> machines(Run run) {
        Map<PgId, List<KnownMachine>> machines = new HashMap<>();
        for (Step step : run.forwardSteps()) {
            if (step.action() instanceof MachineAction.PlaceMachines place
                    && step.progress() instanceof StepProgress.Done done
                    && done.result() instanceof StepResult.MachinesPlaced placed) {
                Map<VmId, PgId> groups = new HashMap<>();
                place.targets().forEach(target -> groups.put(target.vmId(), target.pgId()));
                for (Placement placement : placed.placements()) {
                    machines.computeIfAbsent(groups.get(placement.machine().vmId()), _ -> new ArrayList<>())
                            .add(placement.machine());
                }
            }
        }
        return machines;
    }
}
