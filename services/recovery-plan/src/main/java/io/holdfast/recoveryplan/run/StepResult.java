package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.dns.RecordSet;
import io.holdfast.recoveryplan.dns.RecordValues;
import io.holdfast.recoveryplan.machine.Placement;
import io.holdfast.recoveryplan.ownership.OwnedVm;
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

    /** @param found false if the journal has no such checkpoint any more */
    record CheckpointMarked(CheckpointMark mark, boolean found) implements StepResult {
        @Override
        public String detail() {
            return found
                    ? "the checkpoint is " + mark.kind()
                    : "the checkpoint is not there any more; it would be " + mark.kind();
        }
    }

    /** @param found false when no machine had ever been ordered */
    record MachineStopped(boolean found) implements StepResult {
        @Override
        public String detail() {
            return found ? "the machine is gone" : "no machine had been ordered";
        }
    }

    /** @param byThisRun false if the run does not hold the group, or, in a run of an earlier version, if it was not replicating */
    record ReplicationStopped(boolean byThisRun) implements StepResult {
        @Override
        public String detail() {
            return byThisRun ? "the protection group does not replicate" : "the protection group was not replicating";
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

    /** @param down false: it had not shut down, and a person left it to the fence */
    record SourceShutDown(boolean down) implements StepResult {
        @Override
        public String detail() {
            return down ? "the VM is down" : "not shut down; left to the fence";
        }
    }

    /** @param taken false if there is no such group, or it is removed, so that nobody else decides about its VMs */
    record OwnershipTaken(boolean taken, List<OwnedVm> vms) implements StepResult {
        public OwnershipTaken {
            vms = List.copyOf(vms);
        }

        @Override
        public String detail() {
            return taken
                    ? "this site owns %d VMs".formatted(vms.size())
                    : "the protection group is removed or unknown; left alone";
        }
    }

    record FenceConfirmed(List<OwnedVm> vms) implements StepResult {
        public FenceConfirmed {
            vms = List.copyOf(vms);
        }

        @Override
        public String detail() {
            return "the sources of %d VMs write no more".formatted(vms.size());
        }
    }

    /** The journal lists it, and the fence held then: it has all that the source ever wrote. */
    record FinalCheckpointListed(CheckpointId checkpoint) implements StepResult {
        @Override
        public String detail() {
            return "checkpoint %s, cut behind the fence".formatted(checkpoint);
        }
    }

    /** @param found false if the group is gone, or an attempt before had given it back already */
    record OwnershipReturned(boolean found) implements StepResult {
        @Override
        public String detail() {
            return found ? "the source owns its VMs again" : "the source owns its VMs; nothing was left to give back";
        }
    }

    /**
     * @param outcome such as an exit code or a status
     * @param output the end of what it wrote, bounded
     */
    record HookDone(String outcome, String output) implements StepResult {
        @Override
        public String detail() {
            return outcome;
        }
    }

    /** @param found before anything of this run changed it */
    record DnsRead(RecordSet set, RecordValues found) implements StepResult {
        @Override
        public String detail() {
            return "%s says %s".formatted(set.text(), found.text());
        }
    }

    /** @param sent false if it said so already */
    record DnsUpdated(RecordSet set, RecordValues before, RecordValues now, boolean sent) implements StepResult {
        @Override
        public String detail() {
            return sent
                    ? "%s says %s; it said %s".formatted(set.text(), now.text(), before.text())
                    : "%s says %s already".formatted(set.text(), now.text());
        }
    }

    /** @param now what it says at the end */
    record DnsRestored(RecordSet set, Outcome outcome, RecordValues now) implements StepResult {
        public enum Outcome {
            /** It says again what it said before this run. */
            RESTORED,
            /** It was found like that. */
            AS_IT_WAS,
            /** Somebody else has written it since this run did, and it is theirs. */
            LEFT
        }

        @Override
        public String detail() {
            return switch (outcome) {
                case RESTORED -> "%s says %s again".formatted(set.text(), now.text());
                case AS_IT_WAS -> "%s says %s; there was nothing to restore".formatted(set.text(), now.text());
                case LEFT ->
                    "NOT restored: %s says %s, which somebody else has written since; look whether it is right"
                            .formatted(set.text(), now.text());
            };
        }
    }

    /** @param by name of the identity, or {@link PauseAction#LIMIT} */
    record Approved(String by) implements StepResult {
        @Override
        public String detail() {
            return "approved by " + by;
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
