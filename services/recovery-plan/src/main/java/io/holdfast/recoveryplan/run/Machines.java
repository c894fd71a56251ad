package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.Placement;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/** What a run says about its machines. */
public final class Machines {
    private Machines() {}

    /**
     * The id of the machine that a starting step orders in a round of the present trial. It follows from what is stored before the order is sent, so that every attempt names the
     * same machine and whoever cleans up knows it without having been told.
     */
    public static UUID id(Run run, String startStepId, int round) {
        String name = "machine/%s/%s/%d%s"
                .formatted(run.id(), startStepId, round, run.trials().suffix());
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    /** Id of the command that one attempt of a step sends about a machine. */
    public static UUID commandId(UUID machineId, Step step) {
        String name = "command/%s/%s/%d/%d"
                .formatted(machineId, step.id(), step.round(), step.progress().attempts());
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    /** Where a VM was placed; empty while that is not decided. */
    public static Optional<Placement> placement(Run run, String placeStepId, VmId vm) {
        return run.step(placeStepId).progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.MachinesPlaced placed
                ? placed.placements().stream()
                        .filter(placement -> placement.machine().vmId().equals(vm))
                        .findFirst()
                : Optional.empty();
    }

    /** The machine that a starting step is known to have started; also after it was stopped. */
    public static Optional<StepResult.MachineStarted> started(Step step) {
        return step.progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.MachineStarted started
                ? Optional.of(started)
                : Optional.empty();
    }
}
