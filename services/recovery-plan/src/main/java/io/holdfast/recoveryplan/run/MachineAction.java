package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The steps that are about machines (docs/machines.md). */
public sealed interface MachineAction extends StepAction {

    /** Chooses a host for each machine of the group. Only reads, so there is nothing to undo. */
    record PlaceMachines(List<Target> targets) implements MachineAction {
        public PlaceMachines {
            targets = List.copyOf(targets);
        }

        @Override
        public String kind() {
            return "PLACE_MACHINES";
        }
    }

    /**
     * A VM of the group and where its checkpoint and its disks come from.
     *
     * @param chooseStepId the step that chose the checkpoint of its protection group
     * @param openStepId the step that opened the session with its disks
     */
    record Target(VmId vmId, String name, PgId pgId, String chooseStepId, String openStepId) {}

    /** Has a machine run. Undone by the {@link StopMachine} that names it. */
    record StartMachine(Target target, String placeStepId) implements MachineAction {
        @Override
        public String kind() {
            return "START_MACHINE";
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(target.pgId());
        }
    }

    /** Waits until the machines of these steps are ready. Only reads, so there is nothing to undo. */
    record AwaitMachines(Duration timeout, List<String> startStepIds) implements MachineAction {
        public AwaitMachines {
            startStepIds = List.copyOf(startStepIds);
        }

        @Override
        public String kind() {
            return "AWAIT_MACHINES";
        }
    }

    /** Stops the machine of {@code startStepId}, of every round, also when nobody knows whether that step started one. */
    record StopMachine(VmId vmId, PgId pgId, String startStepId) implements MachineAction {
        @Override
        public String kind() {
            return "STOP_MACHINE";
        }

        @Override
        public boolean endsTrial() {
            return true;
        }

        @Override
        public boolean releases() {
            return true;
        }

        @Override
        public boolean undoes() {
            return true;
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }
    }
}
