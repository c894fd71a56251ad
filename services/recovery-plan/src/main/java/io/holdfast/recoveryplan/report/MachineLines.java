package io.holdfast.recoveryplan.report;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.machine.MachineCapture;
import io.holdfast.recoveryplan.machine.MachineScreen;
import io.holdfast.recoveryplan.machine.Placement;
import io.holdfast.recoveryplan.run.MachineAction;
import io.holdfast.recoveryplan.run.Machines;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** How the machines of a run are shown to people. */
public final class MachineLines {
    private MachineLines() {}

    /** The machines of a protection group, in the order in which they start. */
    public static List<RunReport.Machine> of(Run run, PgId pg, LiveFacts facts) {
        return run.forwardSteps().stream()
                .filter(step -> step.action() instanceof MachineAction.StartMachine start
                        && start.target().pgId().equals(pg))
                .map(step -> line(run, step, (MachineAction.StartMachine) step.action(), facts))
                .toList();
    }

    private static RunReport.Machine line(Run run, Step step, MachineAction.StartMachine start, LiveFacts facts) {
        Optional<Placement> placement =
                Machines.placement(run, start.placeStepId(), start.target().vmId());
        Optional<StepResult.MachineStarted> started = Machines.started(step);
        Optional<StepResult.ReadyMachine> ready = started.flatMap(machine -> ready(run, machine.machineId()));
        return new RunReport.Machine(
                start.target().vmId().toString(),
                // A clone is placed under a name of its own.
                placement
                        .map(place -> place.machine().name())
                        .orElse(start.target().name()),
                step.everBegun() ? Machines.id(run, step.id(), step.round()).toString() : null,
                placement.map(place -> place.host().toString()).orElse(null),
                placement.map(Placement::hostName).orElse(null),
                started.map(StepResult.MachineStarted::at).orElse(null),
                ready.map(StepResult.ReadyMachine::readyAt).orElse(null),
                started.isPresent() && !stopped(run, step.id()),
                ready.map(StepResult.ReadyMachine::consoleTail).orElse(null),
                started.flatMap(machine -> facts.captures().of(machine.machineId()))
                        .map(MachineLines::capture)
                        .orElse(null),
                step.everBegun()
                        ? facts.screens()
                                .screen(Machines.id(run, step.id(), step.round()))
                                .map(MachineLines::screen)
                                .orElse(null)
                        : null);
    }

    private static RunReport.Screen screen(MachineScreen.Facts screen) {
        return new RunReport.Screen(
                screen.moment().name(),
                screen.takenAt(),
                screen.bytes(),
                screen.sha256(),
                "/api/v1/runs/%s/machines/%s/screen".formatted(screen.run(), screen.machineId()));
    }

    private static RunReport.Capture capture(MachineCapture capture) {
        return new RunReport.Capture(
                capture.qmpSocket(),
                capture.guestAgentSocket(),
                capture.disks().stream()
                        .map(disk -> new RunReport.CaptureDisk(disk.volumeId(), disk.qemuNode()))
                        .toList());
    }

    private static Optional<StepResult.ReadyMachine> ready(Run run, UUID machineId) {
        return run.forwardSteps().stream()
                .filter(step -> step.progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.MachinesReady)
                .flatMap(step ->
                        ((StepResult.MachinesReady) ((StepProgress.Done) step.progress()).result()).machines().stream())
                .filter(machine -> machine.machineId().equals(machineId))
                .findFirst();
    }

    private static boolean stopped(Run run, String startStepId) {
        return run.undoSteps().stream()
                .anyMatch(step -> step.action() instanceof MachineAction.StopMachine stop
                        && stop.startStepId().equals(startStepId)
                        && step.progress() instanceof StepProgress.Done);
    }
}
