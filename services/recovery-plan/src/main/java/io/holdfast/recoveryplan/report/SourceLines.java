package io.holdfast.recoveryplan.report;

import io.holdfast.kernel.id.AgentId;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import io.holdfast.recoveryplan.ownership.Fence;
import io.holdfast.recoveryplan.ownership.FenceWord;
import io.holdfast.recoveryplan.ownership.Fences;
import io.holdfast.recoveryplan.ownership.OwnedVm;
import io.holdfast.recoveryplan.ownership.Unsent;
import io.holdfast.recoveryplan.run.CommitAction;
import io.holdfast.recoveryplan.run.Mode;
import io.holdfast.recoveryplan.run.OrderedVm;
import io.holdfast.recoveryplan.run.Ownership;
import io.holdfast.recoveryplan.run.OwnershipAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepAction;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How the sources of a failover are shown to people: who owns a protection group, and whether its VMs there are known to write no more. */
public final class SourceLines {
    private static final String START_IT_AGAIN =
            "the run has asked this VM to shut down, and going back does not start it: start it again at its source";

    private static final String DECOMMISSION =
            "moved away: its host keeps its disks as they were behind the fence, refuses to serve them, and nobody deletes them; detach the VM in this site's inventory, and delete its disks, when nobody wants them back";

    private final Run run;
    private final PgId pg;

    private SourceLines(Run run, PgId pg) {
        this.run = run;
        this.pg = pg;
    }

    /** Who owns the group by what this run has done; {@code null} if the run takes nothing. */
    public static String ownership(Run run, PgId pg) {
        SourceLines lines = new SourceLines(run, pg);
        return lines.step(OwnershipAction.TakeOwnership.class)
                .map(lines::ownership)
                .orElse(null);
    }

    /** The VMs of the group at their source; empty if the run takes nothing. */
    public static List<RunReport.Source> of(Run run, PgId pg, Fences fences) {
        SourceLines lines = new SourceLines(run, pg);
        return lines.step(OwnershipAction.TakeOwnership.class)
                .map(take -> lines.lines(take, fences))
                .orElse(List.of());
    }

    private String ownership(Step take) {
        if (step(OwnershipAction.ReturnOwnership.class)
                .filter(back -> back.progress() instanceof StepProgress.Done)
                .isPresent()) {
            return "RETURNED";
        }
        return switch (take.progress()) {
            case StepProgress.Done done
            when done.result() instanceof StepResult.OwnershipTaken taken ->
                !taken.taken() ? "LEFT_ALONE" : isFinal() ? "COMMITTED" : "TAKEN";
            case StepProgress.Failed failed when !failed.failure().retryable() -> "NOT_TAKEN";
            case StepProgress.Waiting _,
                    StepProgress.Active _,
                    StepProgress.RetryDue _,
                    StepProgress.Done _,
                    StepProgress.Failed _,
                    StepProgress.Skipped _ -> take.everBegun() ? "UNKNOWN" : "NOT_TAKEN";
        };
    }

    private boolean isFinal() {
        return step(CommitAction.StopReplication.class)
                .filter(stop -> stop.progress() instanceof StepProgress.Done)
                .isPresent();
    }

    private Optional<Step> step(Class<? extends StepAction> kind) {
        return run.steps().stream()
                .filter(step -> kind.isInstance(step.action())
                        && step.action().pg().filter(pg::equals).isPresent())
                .findFirst();
    }

    private List<RunReport.Source> lines(Step take, Fences fences) {
        List<OwnedVm> owned = Ownership.taken(run, take.id())
                .map(StepResult.OwnershipTaken::vms)
                .orElse(List.of());
        Set<VmId> ids = new LinkedHashSet<>();
        Ownership.expectedVms(run, take.id()).forEach(vm -> ids.add(vm.id()));
        owned.forEach(vm -> ids.add(vm.vmId()));
        List<FenceWord> words = ids.isEmpty() ? List.of() : fences.about(ids);
        return ids.stream().map(id -> line(id, owned, words)).toList();
    }

    private RunReport.Source line(VmId id, List<OwnedVm> owned, List<FenceWord> words) {
        Optional<OwnedVm> vm =
                owned.stream().filter(one -> one.vmId().equals(id)).findFirst();
        Optional<Fence> fence = vm.map(one -> Fence.of(one, words));
        Optional<FenceWord> word = fence.flatMap(Fence::word);
        Optional<Step> shut = run.forwardSteps().stream()
                .filter(step -> step.action() instanceof OwnershipAction.ShutDownSource source
                        && source.vmId().equals(id))
                .findFirst();
        return new RunReport.Source(
                id.toString(),
                Ownership.name(run, id),
                vm.flatMap(OwnedVm::agent)
                        .or(() -> orderedAgent(id))
                        .map(AgentId::toString)
                        .orElse(null),
                shut.map(SourceLines::shutDown).orElse(null),
                shut.flatMap(SourceLines::downAt).orElse(null),
                vm.map(OwnedVm::epoch).orElse(null),
                fence.map(one -> one.status().name()).orElse(null),
                word.map(FenceWord::since).orElse(null),
                word.map(FenceWord::code).filter(code -> !code.isEmpty()).orElse(null),
                word.map(FenceWord::message).filter(text -> !text.isEmpty()).orElse(null),
                shut.filter(step -> step.everBegun() && goesBack())
                        .map(_ -> START_IT_AGAIN)
                        .orElse(run.order().mode() == Mode.MOVE && run.committed() ? DECOMMISSION : null),
                fence.map(Fence::unsent)
                        .filter(volumes -> !volumes.isEmpty())
                        .map(SourceLines::unsent)
                        .orElse(null));
    }

    private static List<RunReport.UnsentVolume> unsent(List<Unsent> volumes) {
        return volumes.stream()
                .map(volume -> new RunReport.UnsentVolume(
                        volume.volumeId().toString(),
                        volume.ranges().stream()
                                .map(range -> new RunReport.UnsentRange(range.offsetBytes(), range.lengthBytes()))
                                .toList()))
                .toList();
    }

    private Optional<AgentId> orderedAgent(VmId id) {
        return run.order().vms().getOrDefault(pg, List.of()).stream()
                .filter(vm -> vm.id().equals(id))
                .findFirst()
                .flatMap(OrderedVm::agent);
    }

    private static String shutDown(Step step) {
        return switch (step.progress()) {
            case StepProgress.Waiting _ -> "NOT_YET";
            case StepProgress.Active _, StepProgress.RetryDue _ -> "ORDERED";
            case StepProgress.Done done ->
                done.result() instanceof StepResult.SourceShutDown shut && shut.down() ? "DOWN" : "LEFT_TO_FENCE";
            case StepProgress.Failed _ -> "FAILED";
            case StepProgress.Skipped skipped -> skipped.attempts() > 0 ? "UNKNOWN" : "NOT_ASKED";
        };
    }

    private static Optional<Instant> downAt(Step step) {
        return step.progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.SourceShutDown shut
                        && shut.down()
                ? Optional.of(done.endedAt())
                : Optional.empty();
    }

    private boolean goesBack() {
        return switch (run.state()) {
            case RunState.CleaningUp _, RunState.RolledBack _, RunState.Failed _ -> true;
            case RunState.Live _, RunState.Committing _, RunState.Releasing _, RunState.Ended _ -> false;
        };
    }
}
