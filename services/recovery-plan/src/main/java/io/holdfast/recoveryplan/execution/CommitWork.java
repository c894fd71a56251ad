package io.holdfast.recoveryplan.execution;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.SessionId;
import io.holdfast.recoveryplan.run.CommitAction;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.Ownership;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunError;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;

/** The effects of the steps that make a failover final, and the undo of those that have one. */
final class CommitWork {
    private final RecoveryJournals journals;
    private final Replication replication;
    private final OwnershipWork ownership;

    CommitWork(RecoveryJournals journals, Replication replication, OwnershipWork ownership) {
        this.journals = journals;
        this.replication = replication;
        this.ownership = ownership;
    }

    StepResult stopReplication(Run run, Step step, CommitAction.StopReplication stop) {
        if (stop.takeStepId().isPresent()) {
            boolean taken = Ownership.taken(run, stop.takeStepId().get())
                    .orElseThrow(() -> new IllegalStateException("a failover is made final before it was taken"))
                    .taken();
            if (taken) {
                ownership.commit(run, step, stop);
            }
            return new StepResult.ReplicationStopped(taken);
        }
        return new StepResult.ReplicationStopped(replication.pause(stop.pgId(), key(run, step.id())));
    }

    StepResult commit(Run run, Step step, CommitAction.CommitSession commit) {
        SessionId session = run.session(commit.openStepId())
                .map(OpenSession::id)
                .orElseThrow(() -> new IllegalStateException("a session is committed before it is open"));
        RecoveryJournals.CommitSeen seen = journals.commit(commit.pgId(), session, key(run, step.id()));
        if (!seen.isFinal()) {
            throw new HoldfastException(
                    RunError.COMMIT_PENDING,
                    "the commit is ordered and not final yet%s"
                            .formatted(seen.problem().isEmpty() ? "" : ": " + seen.problem()));
        }
        return new StepResult.SessionCommitted(seen.branch());
    }

    /** The outcome of a pause that is not known is found out by pausing again under its key: the first answer comes again. */
    StepResult resume(Run run, Step step, CommitAction.ResumeReplication resume) {
        boolean byThisRun = run.step(resume.stopStepId()).progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.ReplicationStopped stopped
                ? stopped.byThisRun()
                : replication.pause(resume.pgId(), key(run, resume.stopStepId()));
        if (byThisRun) {
            replication.resume(resume.pgId(), key(run, step.id()));
        }
        return new StepResult.ReplicationResumed(byThisRun);
    }

    private static String key(Run run, String stepId) {
        return StepWork.keyOfAllTrials(run, stepId);
    }
}
