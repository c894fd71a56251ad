package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.ErrorCode;
import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.CloneIdentity;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.machine.KnownMachine;
import io.holdfast.recoveryplan.machine.MachineError;
import io.holdfast.recoveryplan.machine.MachineHost;
import io.holdfast.recoveryplan.machine.MachineWord;
import io.holdfast.recoveryplan.machine.Placement;
import io.holdfast.recoveryplan.machine.Placer;
import io.holdfast.recoveryplan.plan.MachineRules;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.Failure;
import io.holdfast.recoveryplan.run.MachineAction;
import io.holdfast.recoveryplan.run.Machines;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The effects of steps that are about machines; idempotent like those of {@link StepWork}. */
final class MachineWork {
    private final RecoveryJournals journals;
    private final MachineHosts hosts;
    private final MachineOrders orders;

    MachineWork(RecoveryJournals journals, MachineHosts hosts, MachineOrders orders) {
        this.journals = journals;
        this.hosts = hosts;
        this.orders = orders;
    }

    StepResult place(Run run, Step step, MachineAction.PlaceMachines place) {
        MachineRules rules = run.order().group(step.group()).machines();
        MachineOrderWriter writer = new MachineOrderWriter(run, step.group());
        Map<PgId, List<KnownMachine>> known = new HashMap<>();
        List<Placer.Need> needs = new ArrayList<>();
        for (MachineAction.Target target : place.targets()) {
            List<KnownMachine> machines = known.computeIfAbsent(target.pgId(), pg -> machines(run, target));
            KnownMachine machine = machines.stream()
                    .filter(candidate -> candidate.vmId().equals(target.vmId()))
                    .findFirst()
                    .orElseThrow(() -> new HoldfastException(
                            MachineError.MACHINE_SPEC_UNKNOWN,
                            "the checkpoint does not say what the machine '%s' (%s) was; its disks can be recovered without powerOn"
                                    .formatted(target.name(), target.vmId())));
            writer.volumes(target, machine);
            needs.add(writer.need(run.order().mode() == Mode.CLONE ? CloneIdentity.of(machine, run.id()) : machine));
        }
        List<MachineHost> candidates = hosts.all().stream()
                .filter(host -> rules.hosts().isEmpty() || rules.hosts().contains(host.id()))
                .toList();
        Set<HostId> inUse = new HashSet<>();
        return new StepResult.MachinesPlaced(Placer.place(needs, withoutOwn(run, candidates, inUse), inUse));
    }

    /** Machines of this run that were placed and do not run yet are not in what their hosts told as used. */
    private static List<MachineHost> withoutOwn(Run run, List<MachineHost> candidates, Set<HostId> inUse) {
        Map<HostId, Long> reserved = new HashMap<>();
        for (Step other : run.forwardSteps()) {
            if (other.action() instanceof MachineAction.StartMachine start) {
                Machines.placement(run, start.placeStepId(), start.target().vmId())
                        .ifPresent(placement -> {
                            inUse.add(placement.host());
                            if (!(other.progress() instanceof StepProgress.Done)) {
                                reserved.merge(
                                        placement.host(),
                                        placement.machine().spec().memoryBytes(),
                                        Long::sum);
                            }
                        });
            }
        }
        return candidates.stream()
                .map(host -> host.reserving(reserved.getOrDefault(host.id(), 0L)))
                .toList();
    }

    private List<KnownMachine> machines(Run run, MachineAction.Target target) {
        CheckpointId checkpoint = run.checkpoint(target.chooseStepId())
                .map(ChosenCheckpoint::id)
                .orElseThrow(() -> new IllegalStateException("machines are placed before the point was chosen"));
        return journals.machines(target.pgId(), checkpoint);
    }

    StepResult start(Run run, Step step, MachineAction.StartMachine start) {
        Placement placement = placement(run, start);
        for (int round = 0; round < step.round(); round++) {
            stopOnce(run, step, placement, Machines.id(run, step.id(), round));
        }
        UUID id = Machines.id(run, step.id(), step.round());
        MachineOrderWriter writer = new MachineOrderWriter(run, step.group());
        MachineWord word = orders.start(writer.order(id, start.target(), placement), Machines.commandId(id, step));
        return switch (word) {
            case MachineWord.Silence _ ->
                throw failure(
                        MachineError.MACHINE_NOT_STARTED, placement, "the agent has not reported the machine yet", "");
            case MachineWord.Refused refused ->
                throw failure(ForeignCode.ofRefusal(refused.code()), placement, refused.message(), "");
            case MachineWord.Reported reported ->
                switch (reported.state()) {
                    case STARTING ->
                        throw failure(
                                MachineError.MACHINE_NOT_STARTED,
                                placement,
                                "the machine is starting",
                                reported.consoleTail());
                    case FAILED -> throw failed(placement, reported);
                    case RUNNING ->
                        new StepResult.MachineStarted(id, placement.host(), placement.hostName(), reported.since());
                };
        };
    }

    StepResult await(Run run, MachineAction.AwaitMachines await) {
        List<StepResult.ReadyMachine> ready = new ArrayList<>();
        List<HoldfastException> problems = new ArrayList<>();
        for (String startStepId : await.startStepIds()) {
            Step starting = run.step(startStepId);
            if (!(starting.action() instanceof MachineAction.StartMachine start)) {
                throw new IllegalStateException("step %s does not start a machine".formatted(startStepId));
            }
            Placement placement = placement(run, start);
            UUID id = Machines.started(starting)
                    .orElseThrow(() -> new IllegalStateException("machines are awaited before they were started"))
                    .machineId();
            try {
                ready.add(ready(start.target().vmId(), id, placement));
            } catch (HoldfastException problem) {
                problems.add(problem);
            }
        }
        if (!problems.isEmpty()) {
            throw MachineProblems.together(problems);
        }
        return new StepResult.MachinesReady(ready);
    }

    private StepResult.ReadyMachine ready(VmId vm, UUID id, Placement placement) {
        if (!(orders.look(placement.agent(), id) instanceof MachineWord.Reported reported)) {
            throw failure(MachineError.MACHINE_GONE, placement, "the agent does not report the machine any more", "");
        }
        if (reported.state() == MachineWord.State.FAILED) {
            throw failed(placement, reported);
        }
        return reported.readyAt()
                .map(at -> new StepResult.ReadyMachine(vm, id, at, reported.consoleTail()))
                .orElseThrow(() -> failure(
                        MachineError.MACHINE_NOT_READY,
                        placement,
                        reported.code().isEmpty()
                                ? "its probes have not passed yet"
                                : reported.code() + ": " + reported.message(),
                        reported.consoleTail()));
    }

    StepResult stop(Run run, Step step, MachineAction.StopMachine stop) {
        Step starting = run.step(stop.startStepId());
        if (!(starting.action() instanceof MachineAction.StartMachine start)) {
            throw new IllegalStateException("step %s does not start a machine".formatted(starting.id()));
        }
        Placement placement = placement(run, start);
        boolean found = false;
        for (int round = 0; round <= starting.round(); round++) {
            found |= stopOnce(run, step, placement, Machines.id(run, starting.id(), round));
        }
        return new StepResult.MachineStopped(found);
    }

    /** @return whether there had been an order to start it; returns only when nothing of it runs */
    private boolean stopOnce(Run run, Step step, Placement placement, UUID id) {
        MachineOrders.Stopped stopped = orders.stop(
                run.id(),
                placement.agent(),
                id,
                Machines.commandId(id, step),
                run.order().group(step.group()).machines().shutdownGrace());
        return switch (stopped) {
            case NEVER_ORDERED -> false;
            case GONE -> true;
            case NOT_YET ->
                throw failure(
                        MachineError.MACHINE_NOT_STOPPED, placement, "the agent has not said that it is gone", "");
        };
    }

    private static Placement placement(Run run, MachineAction.StartMachine start) {
        return Machines.placement(run, start.placeStepId(), start.target().vmId())
                .orElseThrow(() -> new IllegalStateException("a machine is ordered before it was placed"));
    }

    private static HoldfastException failed(Placement placement, MachineWord.Reported reported) {
        return failure(ForeignCode.ofFailure(reported.code()), placement, reported.message(), reported.consoleTail());
    }

    private static HoldfastException failure(ErrorCode code, Placement placement, String why, String evidence) {
        return new HoldfastException(
                code,
                "machine '%s' on host '%s': %s".formatted(placement.machine().name(), placement.hostName(), why),
                Map.of(
                        Failure.EVIDENCE,
                        evidence,
                        Failure.VMS,
                        placement.machine().vmId().toString()));
    }
}
