package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.VmId;
import java.util.List;
import java.util.Optional;

/** What a run knows about the ownership of its VMs. */
public final class Ownership {
    private Ownership() {}

    /** What a taking step came to; empty while it is not done. */
    public static Optional<StepResult.OwnershipTaken> taken(Run run, String takeStepId) {
        return run.step(takeStepId).progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.OwnershipTaken taken
                ? Optional.of(taken)
                : Optional.empty();
    }

    /** The VMs that the group of a taking step had when the run was ordered. */
    public static List<OrderedVm> expectedVms(Run run, String takeStepId) {
        return run.step(takeStepId)
                .action()
                .pg()
                .map(pg -> run.order().vms().getOrDefault(pg, List.of()))
                .orElse(List.of());
    }

    /** Its label, or its id if the run knows none. */
    public static String name(Run run, VmId vm) {
        return run.order().vms().values().stream()
                .flatMap(List::stream)
                .filter(known -> known.id().equals(vm))
                .map(OrderedVm::name)
                .findFirst()
                .orElse(vm.toString());
    }

    /** Whether the chosen checkpoint of a group is known to have all that its source ever wrote. */
    public static boolean nothingLost(Run run, PgId pg) {
        boolean fenced = run.forwardSteps().stream()
                .anyMatch(step -> step.action() instanceof OwnershipAction.AwaitFence await
                        && await.pgId().equals(pg)
                        && step.progress() instanceof StepProgress.Done);
        Optional<StepResult.FinalCheckpointListed> last = run.forwardSteps().stream()
                .filter(step -> step.action() instanceof OwnershipAction.FinalCheckpoint cut
                        && cut.pgId().equals(pg))
                .filter(step -> step.progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.FinalCheckpointListed)
                .map(step -> (StepResult.FinalCheckpointListed) ((StepProgress.Done) step.progress()).result())
                .findFirst();
        return fenced
                && run.forwardSteps().stream()
                        .filter(step -> step.action() instanceof SessionAction.ChoosePoint choose
                                && choose.pgId().equals(pg))
                        .anyMatch(step -> run.checkpoint(step.id())
                                .flatMap(chosen ->
                                        last.map(listed -> listed.checkpoint().equals(chosen.id())))
                                .orElse(false));
    }

    /** The checkpoint that a step had cut as the last one; empty while it is not listed. */
    static Optional<RecoveryPoint> lastPoint(Run run, String finalStepId) {
        return run.step(finalStepId).progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.FinalCheckpointListed listed
                ? Optional.of(new RecoveryPoint.AtCheckpoint(listed.checkpoint()))
                : Optional.empty();
    }

    /** What a choosing step looks for. */
    public static RecoveryPoint point(Run run, SessionAction.ChoosePoint choose) {
        return choose.finalStepId()
                .map(id -> lastPoint(run, id)
                        .orElseThrow(() -> new IllegalStateException("a point is chosen before it was cut")))
                .orElse(choose.point());
    }
}
