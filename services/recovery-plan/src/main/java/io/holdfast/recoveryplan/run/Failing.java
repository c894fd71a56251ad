package io.holdfast.recoveryplan.run;

import io.holdfast.recoveryplan.plan.OnFailure;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** What a failed step means for its run; docs/recovery-runs.md has the table. */
public final class Failing {
    private Failing() {}

    /** The policy of a step: its hook's, its group's, the plan's, the order's. */
    public static OnFailure policy(Run run, Step step) {
        Optional<OnFailure> ofHook =
                step.action() instanceof HookAction.RunHook hook ? hook.hook().onFailure() : Optional.empty();
        OnFailure policy = ofHook.or(() -> run.order()
                        .plan()
                        .stepsOf(run.order().group(step.group()))
                        .onFailure())
                .orElse(run.order().stopsOnFailure() ? OnFailure.STOP : OnFailure.ROLL_BACK);
        boolean continuing = policy == OnFailure.CONTINUE;
        return continuing && !isPassable(step) && !canBeGivenUp(step) ? OnFailure.STOP : policy;
    }

    /** Whether what comes after the step may begin. */
    public static boolean isPassed(Run run, Step step) {
        return switch (step.progress()) {
            case StepProgress.Done _ -> true;
            case StepProgress.Failed _ -> isPassable(step) && policy(run, step) == OnFailure.CONTINUE;
            case StepProgress.Waiting _, StepProgress.Active _, StepProgress.RetryDue _, StepProgress.Skipped _ ->
                false;
        };
    }

    /** Whether the recovery of its group was shown to work all the same. */
    static boolean isHarmless(Run run, Step step) {
        return step.action() instanceof HookAction && isPassed(run, step);
    }

    /** Nothing that comes after it needs what it leaves behind. */
    private static boolean isPassable(Step step) {
        return switch (step.action()) {
            case HookAction _, DnsAction _, SessionAction.WaitReady _, MachineAction.AwaitMachines _ -> true;
            case SessionAction _, MachineAction _, OwnershipAction _, CommitAction _, PauseAction _ -> false;
        };
    }

    /** Its group can be left out. What all groups wait for cannot. */
    private static boolean canBeGivenUp(Step step) {
        return switch (step.action()) {
            case SessionAction.Open _,
                    MachineAction.PlaceMachines _,
                    MachineAction.StartMachine _,
                    PauseAction.AwaitApproval _ -> true;
            case HookAction _,
                    DnsAction _,
                    SessionAction _,
                    MachineAction _,
                    OwnershipAction _,
                    CommitAction _,
                    PauseAction _ -> false;
        };
    }

    /** The step whose failure stops or undoes the run now; empty while the run can go on. */
    public static Optional<Step> decisive(Run run) {
        return run.forwardSteps().stream()
                .filter(step -> step.progress() instanceof StepProgress.Failed)
                .filter(step -> policy(run, step) != OnFailure.CONTINUE)
                .findFirst();
    }

    /** The first step because of which a group was given up, when nothing else is left to do. */
    public static Optional<Step> remaining(Run run) {
        boolean open =
                run.forwardSteps().stream().anyMatch(step -> step.progress().open());
        return open
                ? Optional.empty()
                : run.forwardSteps().stream()
                        .filter(step -> step.progress() instanceof StepProgress.Failed)
                        .filter(step -> !isPassed(run, step))
                        .findFirst();
    }

    /** The run without the steps of given-up groups, and of those that depend on them, that have not begun. */
    public static Run giveUp(Run run, Instant now) {
        Set<String> lost = new HashSet<>();
        run.forwardSteps().stream()
                .filter(step -> step.progress() instanceof StepProgress.Failed && !isPassed(run, step))
                .filter(step -> policy(run, step) == OnFailure.CONTINUE)
                .forEach(step -> lost.add(step.group()));
        if (lost.isEmpty()) {
            return run;
        }
        boolean more = true;
        while (more) {
            more = false;
            for (RecoveryGroup group : run.order().plan().groups()) {
                more |= group.dependsOn().stream().anyMatch(lost::contains) && lost.add(group.name());
            }
        }
        return run.mapSteps(step -> {
            if (!step.action().recovers() || !lost.contains(step.group())) {
                return step;
            }
            String why = "its group was given up";
            return switch (step.progress()) {
                case StepProgress.Waiting waiting -> step.with(waiting.skip(now, why));
                case StepProgress.RetryDue retry -> step.with(retry.skip(now, why));
                case StepProgress.Active active
                when step.action() instanceof PauseAction -> step.with(active.skip(now, why));
                case StepProgress.Active _, StepProgress.Done _, StepProgress.Failed _, StepProgress.Skipped _ -> step;
            };
        });
    }
}
