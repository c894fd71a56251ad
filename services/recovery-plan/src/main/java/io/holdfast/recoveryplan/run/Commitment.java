package io.holdfast.recoveryplan.run;

/** Whether a run can still be taken back. */
final class Commitment {
    private Commitment() {}

    /**
     * Whether a commit has had, or may have had, an effect: one is done or under way, or its outcome is not known. A commit that the journal-store
     * refused had none.
     */
    static boolean mayHaveEffect(Run run) {
        return run.steps().stream()
                .filter(step -> step.action() instanceof CommitAction.CommitSession)
                .anyMatch(step -> switch (step.progress()) {
                    // A step of a later round that waits had failed before; the round before it had to be a refusal or
                    // unknown.
                    case StepProgress.Waiting _, StepProgress.Skipped _ -> step.round() > 0;
                    case StepProgress.Active _, StepProgress.RetryDue _, StepProgress.Done _ -> true;
                    case StepProgress.Failed failed -> failed.failure().retryable();
                });
    }
}
