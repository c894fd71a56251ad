package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a step does, with all that it needs. Each is idempotent, so that a step whose outcome was lost in a crash is done
 * again; {@code docs/recovery-runs.md} has the table of effects and undos.
 */
public sealed interface StepAction
        permits OwnershipAction,
                StepAction.ChoosePoint,
                StepAction.Open,
                StepAction.WaitReady,
                StepAction.PlaceMachines,
                StepAction.StartMachine,
                StepAction.AwaitMachines,
                StepAction.StopMachine,
                StepAction.StopReplication,
                StepAction.CommitSession,
                StepAction.ResumeReplication,
                StepAction.BootDelay,
                StepAction.MarkCheckpoint,
                StepAction.CloseSession {

    /** Name of the kind in reports and replies. */
    String kind();

    /** Whether the step undoes another one; such steps run only in clean-up. */
    default boolean undoes() {
        return false;
    }

    /** Whether the step makes recovery final; such steps run only when the run is committing. */
    default boolean commits() {
        return false;
    }

    /** Whether the step is done, anew, when a committed run is released. */
    default boolean releases() {
        return false;
    }

    /** Whether the step leads to recovery. */
    default boolean recovers() {
        return !undoes() && !commits();
    }

    /** The protection group that it is about; empty if it is about a whole recovery group. */
    default Optional<PgId> pg() {
        return Optional.empty();
    }

    /**
     * Turns the point into a checkpoint. Only reads, so there is nothing to undo.
     *
     * @param finalStepId the step that had the checkpoint cut which is the point; empty = {@code point} says it
     */
    record ChoosePoint(PgId pgId, RecoveryPoint point, Optional<String> finalStepId) implements StepAction {
        public ChoosePoint {
            // A run that was stored before there were such steps has none.
            finalStepId = finalStepId == null ? Optional.empty() : finalStepId;
        }

        @Override
        public String kind() {
            return "CHOOSE_POINT";
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }
    }

    /** Opens a recovery session at the chosen checkpoint. Undone by the {@link CloseSession} that names it. */
    record Open(PgId pgId, String chooseStepId) implements StepAction {
        @Override
        public String kind() {
            return "OPEN_SESSION";
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }
    }

    /** Reads the first and last block of every export. Only reads, so there is nothing to undo. */
    record WaitReady(Duration timeout, List<String> openStepIds) implements StepAction {
        public WaitReady {
            openStepIds = List.copyOf(openStepIds);
        }

        @Override
        public String kind() {
            return "WAIT_READY";
        }
    }

    /** Chooses a host for each machine of the group. Only reads, so there is nothing to undo. */
    record PlaceMachines(List<Target> targets) implements StepAction {
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
    record StartMachine(Target target, String placeStepId) implements StepAction {
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
    record AwaitMachines(Duration timeout, List<String> startStepIds) implements StepAction {
        public AwaitMachines {
            startStepIds = List.copyOf(startStepIds);
        }

        @Override
        public String kind() {
            return "AWAIT_MACHINES";
        }
    }

    /** Stops the machine of {@code startStepId}, of every round, also when nobody knows whether that step started one. */
    record StopMachine(VmId vmId, PgId pgId, String startStepId) implements StepAction {
        @Override
        public String kind() {
            return "STOP_MACHINE";
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

    /**
     * Makes the failover of the protection group final, if the step {@code takeStepId} took it.
     *
     * @param takeStepId empty in a run of an earlier version, which takes no ownership: the group is paused, and the {@link ResumeReplication} that names
     *     the step undoes it
     */
    record StopReplication(PgId pgId, Optional<String> takeStepId) implements StepAction {
        public StopReplication {
            takeStepId = takeStepId == null ? Optional.empty() : takeStepId;
        }

        @Override
        public String kind() {
            return "STOP_REPLICATION";
        }

        @Override
        public boolean commits() {
            return true;
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }
    }

    /** Makes the session's view the volumes' state for good. There is no undo: that is its purpose. */
    record CommitSession(PgId pgId, String openStepId) implements StepAction {
        @Override
        public String kind() {
            return "COMMIT_SESSION";
        }

        @Override
        public boolean commits() {
            return true;
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }
    }

    /** Resumes the protection group if the step {@code stopStepId} has paused it. Only in runs of earlier versions. */
    record ResumeReplication(PgId pgId, String stopStepId) implements StepAction {
        @Override
        public String kind() {
            return "RESUME_REPLICATION";
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

    /** Lets time pass. No effect, so there is nothing to undo. */
    record BootDelay(Duration delay) implements StepAction {
        @Override
        public String kind() {
            return "BOOT_DELAY";
        }
    }

    /** Marks the checkpoint with what the step {@code awaitStepId}, and the starts before it, have shown of it. A part of clean-up, before the session is closed: that holds the checkpoint. */
    record MarkCheckpoint(PgId pgId, String chooseStepId, String awaitStepId) implements StepAction {
        @Override
        public String kind() {
            return "MARK_CHECKPOINT";
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

    /** Closes the session of {@code openStepId}, also when nobody knows whether that step opened one. */
    record CloseSession(PgId pgId, String openStepId) implements StepAction {
        @Override
        public String kind() {
            return "CLOSE_SESSION";
        }

        @Override
        public boolean releases() {
            return true;
        }

        @Override
        public Optional<PgId> pg() {
            return Optional.of(pgId);
        }

        @Override
        public boolean undoes() {
            return true;
        }
    }
}
