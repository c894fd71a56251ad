package io.holdfast.recoveryplan.report;

import io.holdfast.recoveryplan.run.Approvals;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import java.util.List;

/** How the approvals of a run are shown to people. */
public final class ApprovalLines {
    private ApprovalLines() {}

    /** In the order in which they are asked for. */
    public static List<RunReport.Approval> of(Run run) {
        List<Step> waiting = Approvals.waiting(run);
        return run.forwardSteps().stream()
                .filter(step -> step.action() instanceof PauseAction.AwaitApproval)
                .map(step -> line(step, (PauseAction.AwaitApproval) step.action(), waiting.contains(step)))
                .toList();
    }

    private static RunReport.Approval line(Step step, PauseAction.AwaitApproval await, boolean waits) {
        return new RunReport.Approval(
                step.id(),
                step.group(),
                await.approval().name(),
                await.approval().text(),
                switch (step.progress()) {
                    case StepProgress.Waiting _, StepProgress.RetryDue _ -> "NOT_YET";
                    case StepProgress.Active _ -> waits ? "WAITING" : "NOT_NEEDED";
                    case StepProgress.Done _ -> "APPROVED";
                    case StepProgress.Failed _ -> "REJECTED";
                    case StepProgress.Skipped _ -> "NOT_NEEDED";
                },
                step.progress().firstStartedAt().orElse(null),
                waits ? Approvals.until(step).orElse(null) : null,
                await.words().stream()
                        .map(word -> new RunReport.Word(word.by(), word.at(), word.approved(), word.comment()))
                        .toList());
    }
}
