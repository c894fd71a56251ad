package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.HoldfastException;
import java.time.Instant;

/** What a person can order of a run; {@link Run} says what each command means and when it is refused. */
final class RunControl {
    private RunControl() {}

    static Run finish(Run run, String by, Instant now) {
        require(run, run.order().mode() == Mode.TEST, "finish");
        return finished(run, by, now);
    }

    /** Everything of a READY run is thrown away, and that is its good end. */
    private static Run finished(Run run, String by, Instant now) {
        return switch (run.state()) {
            case RunState.Ready ready -> run.cleaningUp(ready.end(now, new RunEnding.Finished(by)), now);
            case RunState.Pending _, RunState.Running _, RunState.Switching _, RunState.Halted _ ->
                throw new HoldfastException(
                        RunError.RUN_NOT_READY,
                        "run %s is %s; only a READY run can be ended this way, cancel it instead"
                                .formatted(run.id(), run.state().name()));
            case RunState.CleaningUp cleaning when cleaning.ending() instanceof RunEnding.Finished -> run;
            case RunState.Succeeded succeeded when succeeded.ending() instanceof RunEnding.Finished -> run;
            case RunState.Committing _, RunState.CleaningUp _, RunState.Releasing _, RunState.Ended _ ->
                throw ended(run);
        };
    }

    static Run cancel(Run run, String by, Instant now) {
        require(run, !run.order().mode().isFailover(), "cancel");
        return switch (run.state()) {
            case RunState.Live live -> run.cleaningUp(live.end(now, new RunEnding.Cancelled(by)), now);
            case RunState.CleaningUp cleaning when cleaning.ending() instanceof RunEnding.Cancelled -> run;
            case RunState.Cancelled _ -> run;
            case RunState.Committing _, RunState.CleaningUp _, RunState.Releasing _, RunState.Ended _ ->
                throw ended(run);
        };
    }

    static Run commit(Run run, String by, Instant now) {
        require(run, run.order().mode().isFailover(), "commit");
        return switch (run.state()) {
            case RunState.Ready ready -> run.withState(ready.commit(now, by));
            case RunState.Committing _ -> run;
            case RunState.Succeeded _, RunState.Releasing _, RunState.Released _ when run.committed() -> run;
            case RunState.Pending _, RunState.Running _, RunState.Switching _, RunState.Halted _ ->
                throw new HoldfastException(
                        RunError.RUN_NOT_READY,
                        "run %s is %s; only a READY run can be committed"
                                .formatted(run.id(), run.state().name()));
            case RunState.CleaningUp _, RunState.Releasing _, RunState.Ended _ -> throw ended(run);
        };
    }

    static Run rollBack(Run run, String by, Instant now) {
        require(run, run.order().mode().isFailover(), "rollback");
        RunEnding ending = new RunEnding.RolledBack(by);
        return switch (run.state()) {
            case RunState.CleaningUp cleaning when cleaning.ending() instanceof RunEnding.RolledBack -> run;
            case RunState.RolledBack _ -> run;
            case RunState.CleaningUp _, RunState.Releasing _, RunState.Ended _ -> throw ended(run);
            case RunState.Live _, RunState.Committing _
            when Commitment.mayHaveEffect(run) ->
                throw new HoldfastException(
                        RunError.COMMIT_UNDER_WAY,
                        "run %s has begun to commit and there is no way back; retry until it is committed"
                                .formatted(run.id()));
            case RunState.Live live -> run.cleaningUp(live.end(now, ending), now);
            case RunState.Committing committing -> run.cleaningUp(committing.rollBack(now, by), now);
        };
    }

    static Run retry(Run run, Instant now) {
        if (!(run.state() instanceof RunState.Halted halted)) {
            throw new HoldfastException(
                    RunError.RUN_NOT_HALTED,
                    "run %s is %s; only a HALTED run can be retried"
                            .formatted(run.id(), run.state().name()));
        }
        RunState next = halted.retry(now);
        if (next instanceof RunState.Switching again) {
            return Switches.retry(run, again);
        }
        return run.withState(next).mapSteps(step -> switch (step.progress()) {
            case StepProgress.Failed _ -> Failing.isPassed(run, step) ? step : step.anew();
            // Of a group that was given up.
            case StepProgress.Skipped skipped
            when step.action().recovers() ->
                skipped.attempts() == 0 ? step.with(new StepProgress.Waiting()) : step.anew();
            // Nobody's time ran while the run stood still.
            case StepProgress.Active active
            when step.action() instanceof PauseAction.AwaitApproval ->
                step.with(new StepProgress.Active(now, active.attempt()));
            case StepProgress.RetryDue due when !step.action().undoes() -> step.with(due.resume(now));
            case StepProgress.RetryDue _,
                    StepProgress.Waiting _,
                    StepProgress.Active _,
                    StepProgress.Done _,
                    StepProgress.Skipped _ -> step;
        });
    }

    static Run retryWithoutShutdown(Run run, Instant now) {
        Run left = run.mapSteps(step -> step.action() instanceof OwnershipAction.ShutDownSource
                        && step.progress() instanceof StepProgress.Failed failed
                ? step.with(new StepProgress.Done(
                        failed.startedAt(), now, failed.attempts(), new StepResult.SourceShutDown(false)))
                : step);
        return left.retry(now);
    }

    static Run release(Run run, String by, Instant now) {
        if (run.order().mode() == Mode.CLONE) {
            return finished(run, by, now);
        }
        require(run, run.order().mode().isFailover(), "release");
        return switch (run.state()) {
            case RunState.Succeeded succeeded
            when succeeded.ending() instanceof RunEnding.Committed committed ->
                releasing(run, new RunState.Releasing(now, by, committed.by()));
            case RunState.Succeeded succeeded
            when succeeded.ending() instanceof RunEnding.NotReleased left ->
                releasing(run, new RunState.Releasing(now, by, left.by()));
            case RunState.Releasing _, RunState.Released _ -> run;
            case RunState.Live _, RunState.Committing _, RunState.CleaningUp _, RunState.Ended _ ->
                throw new HoldfastException(
                        RunError.RUN_NOT_COMMITTED,
                        "run %s is %s; only a committed run can be released"
                                .formatted(run.id(), run.state().name()));
        };
    }

    private static Run releasing(Run run, RunState.Releasing next) {
        return run.withState(next)
                .mapSteps(step -> step.action().releases() && !(step.progress() instanceof StepProgress.Done)
                        ? step.anew()
                        : step);
    }

    private static void require(Run run, boolean known, String command) {
        if (!known) {
            throw new HoldfastException(
                    RunError.COMMAND_NOT_OF_MODE,
                    "run %s is of mode %s, which does not know %s; use %s"
                            .formatted(
                                    run.id(),
                                    run.order().mode(),
                                    command,
                                    instead(run.order().mode())));
        }
    }

    private static String instead(Mode mode) {
        return switch (mode) {
            case TEST -> "finish or cancel";
            case CLONE -> "release or cancel";
            case PLANNED, UNPLANNED, MOVE, FAILBACK -> "commit or rollback";
        };
    }

    private static HoldfastException ended(Run run) {
        return new HoldfastException(
                RunError.RUN_ENDED,
                "run %s is %s and cannot be changed any more"
                        .formatted(run.id(), run.state().name()));
    }
}
