package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.CheckpointId;
import io.holdfast.recoveryplan.machine.ForeignCode;
import io.holdfast.recoveryplan.ownership.Fence;
import io.holdfast.recoveryplan.ownership.FenceWord;
import io.holdfast.recoveryplan.ownership.Fences;
import io.holdfast.recoveryplan.ownership.OwnedVm;
import io.holdfast.recoveryplan.ownership.OwnershipError;
import io.holdfast.recoveryplan.run.CommitAction;
import io.holdfast.recoveryplan.run.Ownership;
import io.holdfast.recoveryplan.run.OwnershipAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The effects of steps about ownership; idempotent like those of {@link StepWork}. */
final class OwnershipWork {
    private final Ownerships ownerships;
    private final SourceOrders sources;
    private final Fences fences;
    private final FinalCheckpoints finalCheckpoints;

    OwnershipWork(Ownerships ownerships, SourceOrders sources, Fences fences, Clock clock) {
        this.ownerships = ownerships;
        this.sources = sources;
        this.fences = fences;
        this.finalCheckpoints = new FinalCheckpoints(ownerships, clock);
    }

    StepResult perform(Run run, Step step, OwnershipAction action) {
        return switch (action) {
            case OwnershipAction.ShutDownSource shut -> shutDown(run, step, shut);
            case OwnershipAction.TakeOwnership take -> take(run, step, take);
            case OwnershipAction.AwaitFence await -> new StepResult.FenceConfirmed(confirmed(run, await.takeStepId()));
            case OwnershipAction.FinalCheckpoint last -> finalCheckpoint(run, step, last);
            case OwnershipAction.ReturnOwnership back -> giveBack(run, step, back);
        };
    }

    private StepResult shutDown(Run run, Step step, OwnershipAction.ShutDownSource shut) {
        String name = "shut-down/%s/%s/%d".formatted(run.id(), step.id(), step.round());
        UUID orderId = UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
        SourceOrders.Answer answer = sources.shutDown(orderId, shut.agent(), shut.vmId(), shut.grace())
                .orElseThrow(() -> new HoldfastException(
                        OwnershipError.SOURCE_NOT_SHUT_DOWN,
                        "the agent has not said that the VM '%s' is down".formatted(shut.name())));
        if (!answer.ok()) {
            throw new HoldfastException(
                    ForeignCode.ofRefusal(answer.code()),
                    "the VM '%s' (%s) is not shut down: %s".formatted(shut.name(), shut.vmId(), answer.message()));
        }
        return new StepResult.SourceShutDown(true);
    }

    private StepResult take(Run run, Step step, OwnershipAction.TakeOwnership take) {
        Optional<List<OwnedVm>> vms = ownerships.take(take.pgId(), run.id(), key(run, step.id()));
        if (vms.isEmpty() && take.required()) {
            throw new HoldfastException(
                    OwnershipError.GROUP_NOT_PROTECTED,
                    "protection group %s is removed or not known; a PLANNED run cannot take it".formatted(take.pgId()));
        }
        return new StepResult.OwnershipTaken(vms.isPresent(), vms.orElse(List.of()));
    }

    /** @throws HoldfastException {@code FENCE_NOT_CONFIRMED} with the VMs that are missing */
    private List<OwnedVm> confirmed(Run run, String takeStepId) {
        List<OwnedVm> vms = Ownership.taken(run, takeStepId)
                .filter(StepResult.OwnershipTaken::taken)
                .orElseThrow(() -> new IllegalStateException("a fence is awaited before its group was taken"))
                .vms();
        List<FenceWord> words = fences.about(vms.stream().map(OwnedVm::vmId).toList());
        List<String> missing = new ArrayList<>();
        for (OwnedVm vm : vms) {
            Fence fence = Fence.of(vm, words);
            if (fence.status() != Fence.Status.CONFIRMED) {
                missing.add(describe(run, vm, fence));
            }
        }
        Ownership.expectedVms(run, takeStepId).stream()
                .filter(expected -> vms.stream().noneMatch(vm -> vm.vmId().equals(expected.id())))
                .forEach(expected -> missing.add("'%s' was not taken".formatted(expected.name())));
        if (vms.isEmpty() || !missing.isEmpty()) {
            throw new HoldfastException(
                    OwnershipError.FENCE_NOT_CONFIRMED,
                    missing.isEmpty()
                            ? "the protection group has no VM that could confirm anything"
                            : "not every source is known to write no more: " + String.join("; ", missing));
        }
        return vms;
    }

    private static String describe(Run run, OwnedVm vm, Fence fence) {
        String state =
                switch (fence.status()) {
                    case UNKNOWN -> "its agent has said nothing";
                    case PENDING -> "its agent is at it";
                    case SUPERSEDED -> "its ownership has moved on";
                    case FAILED ->
                        fence.word()
                                .map(word -> word.code() + ": " + word.message())
                                .orElse("failed");
                    case CONFIRMED -> "confirmed";
                };
        return "'%s' (%s)".formatted(Ownership.name(run, vm.vmId()), state);
    }

    /** The fence is looked at once more when the checkpoint is listed: only then has it held from before the order until after the marker. */
    private StepResult finalCheckpoint(Run run, Step step, OwnershipAction.FinalCheckpoint last) {
        confirmed(run, last.takeStepId());
        CheckpointId listed = finalCheckpoints.listed(run, step, last.pgId(), key(run, step.id()) + "-" + step.round());
        confirmed(run, last.takeStepId());
        return new StepResult.FinalCheckpointListed(listed);
    }

    void commit(Run run, Step step, CommitAction.StopReplication stop) {
        ownerships.commit(stop.pgId(), run.id(), key(run, step.id()));
    }

    /**
     * A taking whose outcome is not known is done again under its key: a first request that arrives even later has the same answer and no effect. Giving back
     * alone would let it take the group for a run that has ended.
     */
    private StepResult giveBack(Run run, Step step, OwnershipAction.ReturnOwnership back) {
        Step taking = run.step(back.takeStepId());
        if (!outcomeKnown(taking)) {
            findOut(run, back);
        }
        boolean found = ownerships.cancel(back.pgId(), run.id(), key(run, step.id()));
        if (!found && run.step(back.stopStepId()).everBegun()) {
            found = ownerships.giveBack(back.pgId(), run.id(), key(run, step.id()));
        }
        return new StepResult.OwnershipReturned(found);
    }

    private static boolean outcomeKnown(Step taking) {
        return switch (taking.progress()) {
            case StepProgress.Done _ -> true;
            case StepProgress.Failed failed ->
                taking.round() == 0
                        && failed.attempts() == 1
                        && !failed.failure().retryable();
            case StepProgress.Waiting _, StepProgress.Active _, StepProgress.RetryDue _, StepProgress.Skipped _ ->
                false;
        };
    }

    private void findOut(Run run, OwnershipAction.ReturnOwnership back) {
        try {
            ownerships.take(back.pgId(), run.id(), key(run, back.takeStepId()));
        } catch (HoldfastException refused) {
            switch (refused.code().blame()) {
                // Refused now, and a late request would be: nothing was taken.
                case INVALID_REQUEST, NOT_FOUND, CONFLICT, EXHAUSTED -> {}
                case UNAUTHENTICATED, FORBIDDEN, UNAVAILABLE, INTERNAL -> throw refused;
            }
        }
    }

    private static String key(Run run, String stepId) {
        return StepWork.keyOfAllTrials(run, stepId);
    }
}
