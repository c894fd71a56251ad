package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.plan.Approval;
import io.holdfast.recoveryplan.run.PauseAction.AwaitApproval;
import io.holdfast.recoveryplan.run.PauseAction.Word;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What becomes of the approvals of a run; docs/recovery-runs.md has the table. */
public final class Approvals {
    private Approvals() {}

    /** Steps that wait for a person now. */
    public static List<Step> waiting(Run run) {
        return run.steps().stream()
                .filter(step -> step.action() instanceof AwaitApproval
                        && step.progress() instanceof StepProgress.Active
                        && run.state() instanceof RunState.Live)
                .toList();
    }

    /** Until when the step waits; empty while it does not. */
    public static Optional<Instant> until(Step step) {
        return step.action() instanceof AwaitApproval await && step.progress() instanceof StepProgress.Active active
                ? Optional.of(active.startedAt().plus(await.approval().timeout()))
                : Optional.empty();
    }

    static Run decide(Run run, String stepId, Word word) {
        Step step = run.steps().stream()
                .filter(candidate -> candidate.id().equals(stepId) && candidate.action() instanceof AwaitApproval)
                .findFirst()
                .orElseThrow(() -> new HoldfastException(
                        RunError.APPROVAL_NOT_FOUND, "run %s has no approval '%s'".formatted(run.id(), stepId)));
        if (!waiting(run).contains(step)) {
            if (wasDecided(step, word.approved())) {
                return run;
            }
            throw new HoldfastException(
                    RunError.APPROVAL_NOT_WAITING,
                    "run %s, which is %s, does not wait for the approval '%s' now"
                            .formatted(run.id(), run.state().name(), stepId));
        }
        return run.with(decided(step, word));
    }

    private static boolean wasDecided(Step step, boolean approved) {
        return switch (step.progress()) {
            case StepProgress.Done _ -> approved;
            case StepProgress.Failed failed ->
                !approved && failed.failure().code().equals(RunError.APPROVAL_REJECTED.name());
            case StepProgress.Waiting _, StepProgress.Active _, StepProgress.RetryDue _, StepProgress.Skipped _ ->
                false;
        };
    }

    private static Step decided(Step step, Word word) {
        AwaitApproval await = (AwaitApproval) step.action();
        StepProgress.Active active = (StepProgress.Active) step.progress();
        String name = await.approval().name();
        boolean timedOut = word.by().equals(PauseAction.LIMIT);
        StepProgress next = word.approved()
                ? active.succeed(word.at(), new StepResult.Approved(word.by()))
                : active.fail(
                        word.at(),
                        timedOut
                                ? Failure.of(
                                        RunError.APPROVAL_TIMED_OUT,
                                        "nobody has approved '%s' within %s"
                                                .formatted(
                                                        name, await.approval().timeout()))
                                : Failure.of(
                                        RunError.APPROVAL_REJECTED,
                                        "%s has rejected '%s'%s"
                                                .formatted(
                                                        word.by(),
                                                        name,
                                                        word.comment().isEmpty() ? "" : ": " + word.comment())));
        return step.with(await.with(word)).with(next);
    }

    /** The run with every approval decided whose limit has passed. */
    public static Run atLimit(Run run, Instant now) {
        Run next = run;
        for (Step step : waiting(run)) {
            if (!now.isBefore(until(step).orElseThrow())) {
                Approval.AtLimit limit =
                        ((AwaitApproval) step.action()).approval().atLimit();
                next = next.with(
                        decided(step, new Word(PauseAction.LIMIT, now, limit == Approval.AtLimit.APPROVE, "")));
            }
        }
        return next;
    }
}
