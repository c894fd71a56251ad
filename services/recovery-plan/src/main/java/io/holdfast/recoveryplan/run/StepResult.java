package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.machine.Placement;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** What a step that succeeded leaves behind for later steps and for the report. */
public sealed interface StepResult {
    /** For people. */
    String detail();

    /** @param newest empty if the journal did not say */
    record PointChosen(ChosenCheckpoint checkpoint, Optional<NewestKnown> newest) implements StepResult {
        @Override
        public String detail() {
            return "checkpoint %s, cut at %s".formatted(checkpoint.id(), checkpoint.cutAt());
        }
    }

    record SessionOpened(OpenSession session) implements StepResult {
        @Override
        public String detail() {
            return "session %s with %d exports"
                    .formatted(session.id(), session.exports().size());
        }
    }

    /** @param exportsRead how many exports were opened and read */
    record ProbePassed(int exportsRead) implements StepResult {
        @Override
        public String detail() {
            return "first and last block of %d exports read".formatted(exportsRead);
        }
    }

    /** @param placements one for each machine of the group */
    record MachinesPlaced(List<Placement> placements) implements StepResult {
        public MachinesPlaced {
            placements = List.copyOf(placements);
        }

        @Override
        public String detail() {
            return placements.stream()
                    .map(place -> "'%s' on host '%s'".formatted(place.machine().name(), place.hostName()))
                    .collect(Collectors.joining(", "));
        }
    }

    record MachineStarted(UUID machineId, HostId host, String hostName, Instant at) implements StepResult {
        @Override
        public String detail() {
            return "machine %s runs on host '%s'".formatted(machineId, hostName);
        }
    }

    record MachinesReady(List<ReadyMachine> machines) implements StepResult {
        public MachinesReady {
            machines = List.copyOf(machines);
        }

        @Override
        public String detail() {
            return "%d machines are ready".formatted(machines.size());
        }
    }

    /** @param consoleTail what its serial port had printed last when it was ready */
    record ReadyMachine(VmId vmId, UUID machineId, Instant readyAt, String consoleTail) {}

    /** @param found false when no machine had ever been ordered */
    record MachineStopped(boolean found) implements StepResult {
        @Override
        public String detail() {
            return found ? "the machine is gone" : "no machine had been ordered";
        }
    }

    /** @param byThisRun false if the group was not replicating when the run asked */
    record ReplicationStopped(boolean byThisRun) implements StepResult {
        @Override
        public String detail() {
            return byThisRun ? "the protection group is paused" : "the protection group was not replicating";
        }
    }

    record ReplicationResumed(boolean byThisRun) implements StepResult {
        @Override
        public String detail() {
            return byThisRun ? "the protection group is resumed" : "this run had not paused the protection group";
        }
    }

    /** @param branch name of what was replicated after the point, kept until somebody gives it up */
    record SessionCommitted(String branch) implements StepResult {
        @Override
        public String detail() {
            return "committed; what was replicated later is branch '%s'".formatted(branch);
        }
    }

    record DelayElapsed() implements StepResult {
        @Override
        public String detail() {
            return "the delay has passed";
        }
    }

    /** @param found false when the unknown outcome of the opening step turned out to be that nothing was opened */
    record SessionClosed(boolean found) implements StepResult {
        @Override
        public String detail() {
            return found ? "the session is closed" : "no session had been opened";
        }
    }
}
