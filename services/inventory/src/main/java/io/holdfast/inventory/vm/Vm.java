package io.holdfast.inventory.vm;

import io.holdfast.kernel.id.CommandId;
import io.holdfast.kernel.id.HostId;
import io.holdfast.kernel.id.VmId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A virtual machine and the rules by which it changes. Every method answers with the VM as it is then; equal to this one
 * when nothing has changed, empty when it is gone.
 *
 * @param name a label (F12)
 * @param nativeId the connector's id of the day; never an identity (F1, F3)
 * @param machine as reported last; empty = nobody has said
 * @param revision of the published state; 0 = not published yet
 */
public record Vm(
        VmId id,
        String name,
        String nativeId,
        HostId host,
        Attachment attachment,
        List<Volume> volumes,
        Optional<MachineSpec> machine,
        long revision) {
    public Vm {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(attachment, "attachment");
        Objects.requireNonNull(machine, "machine");
        volumes = List.copyOf(volumes);
    }

    /** A VM in an agent's report. */
    public record Report(VmId id, String name, String nativeId, List<Volume> volumes, Optional<MachineSpec> machine) {
        public Report {
            volumes = List.copyOf(volumes);
        }
    }

    /** A VM that an agent serves and nobody here asked for: it was attached by another inventory, or this one was rebuilt. */
    static Vm discovered(HostId host, Report report, Instant at) {
        return new Vm(
                report.id(),
                report.name(),
                report.nativeId(),
                host,
                new Attachment.Attached(at, Optional.empty()),
                report.volumes(),
                report.machine(),
                0);
    }

    /** The agent of this host serves it. */
    Vm reported(HostId on, Report report, Instant at) {
        Attachment now =
                switch (attachment) {
                    case Attachment.Attached same -> same;
                    case Attachment.Detaching still -> still;
                    case Attachment.Requested _, Attachment.Rejected _, Attachment.Missing _ ->
                        new Attachment.Attached(at, Optional.empty());
                };
        return new Vm(
                id, report.name(), report.nativeId(), on, now, merge(report.volumes()), report.machine(), revision);
    }

    /** The report of its host does not have it. */
    Optional<Vm> absent(Instant at) {
        // The report may have been made before what this state rests on.
        if (at.isBefore(attachment.since())) {
            return Optional.of(this);
        }
        return switch (attachment) {
            case Attachment.Attached _ -> Optional.of(with(new Attachment.Missing(at), verdicts(Verdict.VM_MISSING)));
            case Attachment.Detaching _ -> Optional.empty();
            case Attachment.Requested _, Attachment.Rejected _, Attachment.Missing _ -> Optional.of(this);
        };
    }

    /** The command that it waits for was answered; an answer to another command changes nothing. */
    Optional<Vm> answered(CommandId command, Optional<Attachment.Failure> failure, Instant at) {
        return switch (attachment) {
            case Attachment.Requested requested
            when requested.command().equals(command) ->
                // Done is what the report shows: whoever sees ATTACHED sees where the disks are, and can protect them.
                Optional.of(failure.map(why -> with(new Attachment.Rejected(at, why), volumes))
                        .orElse(this));
            case Attachment.Detaching detaching
            when detaching.command().equals(command) ->
                failure.map(why -> with(new Attachment.Attached(at, Optional.of(why)), volumes));
            case Attachment.Requested _,
                    Attachment.Attached _,
                    Attachment.Rejected _,
                    Attachment.Missing _,
                    Attachment.Detaching _ -> Optional.of(this);
        };
    }

    /** When the answer to its command is overdue; empty when it waits for none. */
    public Optional<Instant> answerDueBy() {
        return switch (attachment) {
            case Attachment.Requested requested -> Optional.of(requested.expiresAt());
            case Attachment.Detaching detaching -> Optional.of(detaching.expiresAt());
            case Attachment.Attached _, Attachment.Rejected _, Attachment.Missing _ -> Optional.empty();
        };
    }

    Optional<CommandId> pendingCommand() {
        return switch (attachment) {
            case Attachment.Requested requested -> Optional.of(requested.command());
            case Attachment.Detaching detaching -> Optional.of(detaching.command());
            case Attachment.Attached _, Attachment.Rejected _, Attachment.Missing _ -> Optional.empty();
        };
    }

    /** Whether a host other than this one has it, or was ordered to serve it. */
    boolean isAnothers(HostId than) {
        return !host.equals(than) && mayBeServed();
    }

    /** Whether the agent may serve it now, so that it has to be told to stop. */
    boolean mayBeServed() {
        return switch (attachment) {
            case Attachment.Requested _, Attachment.Attached _, Attachment.Detaching _ -> true;
            case Attachment.Rejected _, Attachment.Missing _ -> false;
        };
    }

    Vm detaching(CommandId command, Instant now, Instant expiresAt) {
        return with(new Attachment.Detaching(command, now, expiresAt), volumes);
    }

    Vm withRevision(long next) {
        return new Vm(id, name, nativeId, host, attachment, volumes, machine, next);
    }

    /** Whether other services can do something with it: it was served at least once. */
    boolean worthTelling() {
        return switch (attachment) {
            case Attachment.Attached _, Attachment.Missing _, Attachment.Detaching _ -> true;
            case Attachment.Requested _, Attachment.Rejected _ -> false;
        };
    }

    private Vm with(Attachment changed, List<Volume> disks) {
        return new Vm(id, name, nativeId, host, changed, disks, machine, revision);
    }

    private List<Volume> verdicts(Verdict same) {
        return volumes.stream().map(volume -> volume.with(same)).toList();
    }

    /** Volumes by id, then by serial: a disk keeps its id when the agent's id for it changed. Missing ones stay, marked. */
    private List<Volume> merge(List<Volume> reported) {
        var left = new ArrayList<>(reported);
        var merged = new ArrayList<Volume>();
        Set<Volume> unmatched = new HashSet<>(volumes);
        for (Volume known : volumes) {
            take(left, candidate -> candidate.id().equals(known.id())).ifPresent(found -> {
                merged.add(known.reportedAs(found));
                unmatched.remove(known);
            });
        }
        for (Volume known : volumes) {
            if (unmatched.contains(known)) {
                merged.add(take(
                                left,
                                candidate -> !known.serial().isEmpty()
                                        && candidate.serial().equals(known.serial()))
                        .map(known::reportedAs)
                        .orElseGet(() -> known.with(Verdict.VOLUME_MISSING)));
            }
        }
        merged.addAll(left);
        return inKnownOrder(merged);
    }

    private List<Volume> inKnownOrder(List<Volume> merged) {
        var order = volumes.stream().map(Volume::id).toList();
        return merged.stream()
                .sorted(java.util.Comparator.comparingInt(
                        volume -> order.contains(volume.id()) ? order.indexOf(volume.id()) : Integer.MAX_VALUE))
                .toList();
    }

    private static Optional<Volume> take(List<Volume> from, Predicate<Volume> wanted) {
        Optional<Volume> found = from.stream().filter(wanted).findFirst();
        found.ifPresent(from::remove);
        return found;
    }
}
