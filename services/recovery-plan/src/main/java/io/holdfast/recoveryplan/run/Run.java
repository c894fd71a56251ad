package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.kernel.id.PgId;
import io.holdfast.kernel.id.RunId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One execution of a plan: what was ordered, where it is, and every step. Immutable; each method answers with the run as it
 * is afterwards. The one sequence of changes of a run is kept by its row in the store.
 */
public record Run(RunOrder order, RunState state, List<Step> steps, Trials trials) {
    public Run {
        steps = List.copyOf(steps);
        // A run that was stored before points could be switched has none.
        trials = trials == null ? Trials.FIRST : trials;
    }

    /** A run in its first trial. */
    public Run(RunOrder order, RunState state, List<Step> steps) {
        this(order, state, steps, Trials.FIRST);
    }

    public static Run ordered(RunOrder order) {
        return new Run(order, new RunState.Pending(), StepPlanner.plan(order));
    }

    public RunId id() {
        return order.id();
    }

    /**
     * Ends a READY test. A run that is already ending this way, or has, stays as it is.
     *
     * @throws HoldfastException {@code RUN_NOT_READY} before READY, {@code RUN_ENDED} when it ends or ended otherwise
     */
    public Run finish(String by, Instant now) {
        return RunControl.finish(this, by, now);
    }

    /**
     * Stops a TEST or CLONE and undoes what it did. A run that is already being cancelled, or was, stays as it is.
     *
     * @throws HoldfastException {@code RUN_ENDED} when it ends or ended otherwise
     */
    public Run cancel(String by, Instant now) {
        return RunControl.cancel(this, by, now);
    }

    /**
     * Makes a READY failover final. A run that is already committing, or was committed, stays as it is.
     *
     * @throws HoldfastException {@code RUN_NOT_READY} before READY and when HALTED, {@code RUN_ENDED} when it ends or ended otherwise
     */
    public Run commit(String by, Instant now) {
        return RunControl.commit(this, by, now);
    }

    /**
     * Undoes a failover. A run that is already being rolled back, or was, stays as it is.
     *
     * @throws HoldfastException {@code COMMIT_UNDER_WAY} when a commit may have had an effect, {@code RUN_ENDED} when it ends or ended
     *     otherwise
     */
    public Run rollBack(String by, Instant now) {
        return RunControl.rollBack(this, by, now);
    }

    /**
     * Tries the failed steps of a HALTED run anew.
     *
     * @throws HoldfastException {@code RUN_NOT_HALTED} in any other state
     */
    public Run retry(Instant now) {
        return RunControl.retry(this, now);
    }

    /**
     * As {@link #retry}, and VMs of the source that did not shut down are left to the fence.
     *
     * @throws HoldfastException {@code RUN_NOT_HALTED} in any other state
     */
    public Run retryWithoutShutdown(Instant now) {
        return RunControl.retryWithoutShutdown(this, now);
    }

    /**
     * Stops the machines of a committed run and ends its sessions; what they wrote stays in the journal. Ends a READY CLONE, whose writes are thrown away. A run
     * that is being released, or was, stays as it is.
     *
     * @throws HoldfastException {@code RUN_NOT_COMMITTED} in any other state; of a CLONE as {@link #finish}
     */
    public Run release(String by, Instant now) {
        return RunControl.release(this, by, now);
    }

    /**
     * Leaves what was recovered and goes to other points; the ownership stays. The same points again, while it does so, change nothing.
     *
     * @param points by protection group of the plan; one without stays at the checkpoint that it has
     * @throws HoldfastException {@code COMMAND_NOT_OF_MODE}, {@code RUN_NOT_READY} before anything is recovered, {@code COMMIT_UNDER_WAY}, {@code RUN_ENDED},
     *     {@code TOO_MANY_TRIALS}
     */
    public Run switchPoints(String by, Map<PgId, RecoveryPoint> points, Instant now) {
        return Switches.order(this, by, points, now);
    }

    /** What is asked for now, by protection group. */
    public Map<PgId, RecoveryPoint> points() {
        return trials.current().map(PointSwitch::points).orElse(order.points());
    }

    /**
     * A person's word about an approval that the run waits for. The same word again changes nothing.
     *
     * @throws HoldfastException {@code APPROVAL_NOT_FOUND}, {@code APPROVAL_NOT_WAITING}
     */
    public Run decide(String stepId, PauseAction.Word word) {
        return Approvals.decide(this, stepId, word);
    }

    /**
     * The run as it begins to clean up: no forward step begins any more. One that is {@code Active} stays so, because only its
     * executor knows whether its effect is still under way.
     */
    public Run cleaningUp(RunState.CleaningUp next, Instant now) {
        // What a switch of points could not undo gets its time once more.
        return leaving(next, now).mapSteps(step -> step.leavesSomething() ? step.anew() : step);
    }

    /** As {@link #cleaningUp}, for any state in which nothing leads to recovery. */
    Run leaving(RunState next, Instant now) {
        return withState(next).mapSteps(step -> {
            if (step.action().undoes() || step.action().commits() && next instanceof RunState.Switching) {
                return step;
            }
            return switch (step.progress()) {
                case StepProgress.Waiting waiting -> step.with(waiting.skip(now, "the run was stopped before"));
                case StepProgress.RetryDue retry -> step.with(retry.skip(now, "the run was stopped"));
                case StepProgress.Active _, StepProgress.Done _, StepProgress.Failed _, StepProgress.Skipped _ -> step;
            };
        });
    }

    public Run withState(RunState next) {
        return new Run(order, next, steps, trials);
    }

    public Run mapSteps(UnaryOperator<Step> change) {
        return new Run(order, state, steps.stream().map(change).toList(), trials);
    }

    /** @throws NoSuchElementException if the run has no such step, which is a defect */
    public Step step(String id) {
        return steps.stream()
                .filter(step -> step.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("run " + id() + " has no step " + id));
    }

    public Run with(Step changed) {
        return mapSteps(step -> step.id().equals(changed.id()) ? changed : step);
    }

    /** The steps that lead to recovery, without the undoing ones. */
    public List<Step> forwardSteps() {
        return steps.stream().filter(step -> step.action().recovers()).toList();
    }

    /** The steps that make recovery final, in their order. */
    public List<Step> commitSteps() {
        return steps.stream().filter(step -> step.action().commits()).toList();
    }

    public List<Step> undoSteps() {
        return steps.stream().filter(step -> step.action().undoes()).toList();
    }

    /** Whether recovery was shown to work: every step that leads to it is done, apart from hooks that the plan says may fail. It stays true through clean-up. */
    public boolean recovered() {
        return forwardSteps().stream()
                .allMatch(step -> step.progress() instanceof StepProgress.Done || Failing.isHarmless(this, step));
    }

    /** Whether every step that leads to recovery is done or was passed over, as the plan allows. */
    public boolean arrived() {
        return forwardSteps().stream().allMatch(step -> Failing.isPassed(this, step));
    }

    /** The checkpoint that a choosing step found; empty while it is not done. */
    public Optional<ChosenCheckpoint> checkpoint(String chooseStepId) {
        return step(chooseStepId).progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.PointChosen chosen
                ? Optional.of(chosen.checkpoint())
                : Optional.empty();
    }

    /** The session that an opening step is known to have opened, whether or not it was closed since. */
    public Optional<OpenSession> session(String openStepId) {
        return step(openStepId).progress() instanceof StepProgress.Done done
                        && done.result() instanceof StepResult.SessionOpened(OpenSession session)
                ? Optional.of(session)
                : Optional.empty();
    }

    /** Sessions that are known to be open now, by protection group, in the order of opening. */
    public Map<PgId, OpenSession> openSessions() {
        Map<PgId, OpenSession> open = new LinkedHashMap<>();
        for (Step step : steps) {
            if (step.action() instanceof SessionAction.Open opening && !isClosed(step.id())) {
                session(step.id()).ifPresent(session -> open.put(opening.pgId(), session));
            }
        }
        return open;
    }

    private boolean isClosed(String openStepId) {
        return steps.stream()
                .anyMatch(step -> step.action() instanceof SessionAction.CloseSession close
                        && close.openStepId().equals(openStepId)
                        && step.progress() instanceof StepProgress.Done);
    }

    /** Whether every session was committed; stays true when the run is released. */
    public boolean committed() {
        return switch (state) {
            case RunState.Succeeded succeeded ->
                succeeded.ending() instanceof RunEnding.Committed
                        || succeeded.ending() instanceof RunEnding.NotReleased;
            case RunState.Releasing _, RunState.Released _ -> true;
            case RunState.Live _, RunState.Committing _, RunState.CleaningUp _, RunState.Ended _ -> false;
        };
    }

    /** Why the run failed or is about to; empty otherwise. */
    public Optional<Failure> failure() {
        return switch (state) {
            case RunState.Failed failed -> Optional.of(failed.failure());
            case RunState.Halted halted -> Optional.of(halted.failure());
            case RunState.CleaningUp cleaning
            when cleaning.ending() instanceof RunEnding.Broken broken -> Optional.of(broken.failure());
            case RunState.Succeeded succeeded
            when succeeded.ending() instanceof RunEnding.NotReleased left -> Optional.of(left.failure());
            case RunState.Live _,
                    RunState.Committing _,
                    RunState.CleaningUp _,
                    RunState.Releasing _,
                    RunState.Released _,
                    RunState.Succeeded _,
                    RunState.RolledBack _,
                    RunState.Cancelled _ -> Optional.empty();
        };
    }
}
