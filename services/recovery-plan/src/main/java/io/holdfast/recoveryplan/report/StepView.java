package io.holdfast.recoveryplan.report;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.run.Approvals;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepProgress;
import io.holdfast.recoveryplan.run.StepResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How a step is shown to people, in reports and in replies about a run. */
public final class StepView {
    private StepView() {}

    public static RunReport.StepLine of(Step step) {
        Instant startedAt = step.progress().firstStartedAt().orElse(null);
        Instant endedAt = endedAt(step.progress()).orElse(null);
        return new RunReport.StepLine(
                step.id(),
                step.group(),
                step.action().kind(),
                step.action().pg().map(PgId::toString).orElse(null),
                state(step),
                startedAt,
                endedAt,
                startedAt == null || endedAt == null ? null : Duration.between(startedAt, endedAt),
                step.progress().attempts(),
                detail(step),
                evidence(step.progress()));
    }

    private static String state(Step step) {
        return switch (step.progress()) {
            case StepProgress.Active _
            when step.action() instanceof PauseAction.AwaitApproval -> "WAITING_FOR_APPROVAL";
            case StepProgress.Waiting _ -> "PENDING";
            case StepProgress.Active _ -> "RUNNING";
            case StepProgress.RetryDue _ -> "RETRYING";
            case StepProgress.Done _ -> "SUCCEEDED";
            case StepProgress.Failed _ -> "FAILED";
            case StepProgress.Skipped _ -> "SKIPPED";
        };
    }

    private static Optional<Instant> endedAt(StepProgress progress) {
        return switch (progress) {
            case StepProgress.Waiting _, StepProgress.Active _, StepProgress.RetryDue _ -> Optional.empty();
            case StepProgress.Done done -> Optional.of(done.endedAt());
            case StepProgress.Failed failed -> Optional.of(failed.endedAt());
            case StepProgress.Skipped skipped -> skipped.startedAt().map(_ -> skipped.endedAt());
        };
    }

    /** What was seen of a machine that failed or is not ready, and what a hook wrote. Of ready machines the report's machines tell. */
    private static String evidence(StepProgress progress) {
        String seen =
                switch (progress) {
                    case StepProgress.RetryDue retry -> retry.last().evidence();
                    case StepProgress.Failed failed -> failed.failure().evidence();
                    case StepProgress.Done done when done.result() instanceof StepResult.HookDone hook -> hook.output();
                    case StepProgress.Waiting _, StepProgress.Active _, StepProgress.Done _, StepProgress.Skipped _ ->
                        "";
                };
        return seen.isEmpty() ? null : seen;
    }

    private static String detail(Step step) {
        return switch (step.progress()) {
            case StepProgress.Active _
            when step.action() instanceof PauseAction.AwaitApproval await ->
                "'%s' waits for a person until %s"
                        .formatted(
                                await.approval().name(), Approvals.until(step).orElseThrow());
            case StepProgress.Waiting _, StepProgress.Active _ -> null;
            case StepProgress.RetryDue retry ->
                "%s: %s; tried again at %s"
                        .formatted(retry.last().code(), retry.last().message(), retry.notBefore());
            case StepProgress.Done done -> done.result().detail();
            case StepProgress.Failed failed ->
                failed.failure().code() + ": " + failed.failure().message();
            case StepProgress.Skipped skipped -> skipped.reason();
        };
    }
}
