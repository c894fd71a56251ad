package io.holdfast.recoveryplan.run;

import io.holdfast.kernel.id.PgId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a rehearsal has shown of a checkpoint: its machines were booted apart from everything and passed their probes, or did not (docs/recovery-runs.md).
 *
 * @param evidence a sentence or two, at most {@link #MAX_EVIDENCE} characters
 */
public record CheckpointMark(Kind kind, String evidence) {
    /** As the journal-store takes it. */
    public static final int MAX_EVIDENCE = 500;

    private static final int MAX_WORDS = 200;
    /** Failures that tell of the recovered guest, and not of the site that was to run it. */
    private static final Set<String> OF_THE_GUEST = Set.of(RunError.READINESS_TIMEOUT.name(), "MACHINE_ENDED");

    public enum Kind {
        VERIFIED,
        SUSPECT
    }

    public CheckpointMark {
        evidence = evidence.length() <= MAX_EVIDENCE ? evidence : evidence.substring(0, MAX_EVIDENCE);
    }

    /** Empty when nothing was learned: the machines were never awaited, or something else than a guest failed. */
    public static Optional<CheckpointMark> of(Run run, SessionAction.MarkCheckpoint mark) {
        Step await = run.step(mark.awaitStepId());
        if (await.progress() instanceof StepProgress.Done done
                && done.result() instanceof StepResult.MachinesReady ready) {
            return Optional.of(new CheckpointMark(
                    Kind.VERIFIED, said(run, "its machines passed their probes; " + lastWords(ready.machines()))));
        }
        return deciding(run, await, mark.pgId())
                .map(failure -> new CheckpointMark(
                        Kind.SUSPECT,
                        said(run, failure.code() + ": " + failure.message() + words(failure.evidence()))));
    }

    private static Optional<Failure> deciding(Run run, Step await, PgId pg) {
        if (!(await.action() instanceof MachineAction.AwaitMachines machines)) {
            throw new IllegalStateException("step %s awaits no machines".formatted(await.id()));
        }
        // Some machines are awaited alone, too, for the hooks after them.
        Stream<Step> awaits = run.steps().stream()
                .filter(step -> step.action() instanceof MachineAction.AwaitMachines some
                        && machines.startStepIds().containsAll(some.startStepIds()));
        return Stream.concat(awaits, machines.startStepIds().stream().map(run::step))
                .flatMap(step -> step.progress() instanceof StepProgress.Failed failed
                        ? Stream.of(failed.failure())
                        : Stream.empty())
                .filter(failure -> OF_THE_GUEST.contains(failure.code()))
                .filter(failure -> isAbout(run, pg, failure))
                .findFirst();
    }

    /** A failure that names no VM may be about any. */
    private static boolean isAbout(Run run, PgId pg, Failure failure) {
        return failure.vms().isEmpty()
                || run.forwardSteps().stream()
                        .anyMatch(step -> step.action() instanceof MachineAction.StartMachine start
                                && start.target().pgId().equals(pg)
                                && failure.vms().contains(start.target().vmId()));
    }

    private static String said(Run run, String what) {
        return "rehearsal %s: %s".formatted(run.id(), what);
    }

    private static String lastWords(List<StepResult.ReadyMachine> machines) {
        return machines.stream()
                .map(machine ->
                        "VM %s at %s%s".formatted(machine.vmId(), machine.readyAt(), words(machine.consoleTail())))
                .collect(Collectors.joining("; "));
    }

    private static String words(String console) {
        String tail = console.strip();
        return tail.isEmpty()
                ? ""
                : ", console: "
                        + tail.substring(Math.max(0, tail.length() - MAX_WORDS)).strip();
    }
}
