package io.holdfast.recoveryplan.report;

import io.holdfast.kernel.id.PgId;
import io.holdfast.recoveryplan.plan.Readiness;
import io.holdfast.recoveryplan.plan.RecoveryGroup;
import io.holdfast.recoveryplan.report.RunReport.Cleanup;
import io.holdfast.recoveryplan.report.RunReport.Verdict;
import io.holdfast.recoveryplan.run.ChosenCheckpoint;
import io.holdfast.recoveryplan.run.HookAction;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.PauseAction;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunEnding;
import io.holdfast.recoveryplan.run.RunState;
import io.holdfast.recoveryplan.run.SessionAction;
import io.holdfast.recoveryplan.run.Step;
import io.holdfast.recoveryplan.run.StepAction;
import io.holdfast.recoveryplan.run.StepProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes the report of a run out of nothing but the run, and what agents of its sources say. */
public final class ReportWriter {
    private final Run run;
    private final LiveFacts facts;

    private ReportWriter(Run run, LiveFacts facts) {
        this.run = run;
        this.facts = facts;
    }

    public static RunReport of(Run run, LiveFacts facts) {
        return new ReportWriter(run, facts).write();
    }

    /** Of a PLANNED run whose groups were all ready; {@code null} for others. */
    public static Duration blackout(Run run) {
        ReportWriter writer = new ReportWriter(run, LiveFacts.NONE);
        return Blackouts.begin(run)
                .flatMap(begin -> {
                    List<Optional<Instant>> ready = run.order().plan().groups().stream()
                            .map(writer::readyAt)
                            .toList();
                    return ready.stream().allMatch(Optional::isPresent)
                            ? ready.stream()
                                    .flatMap(Optional::stream)
                                    .max(Comparator.naturalOrder())
                                    .map(last -> Duration.between(begin, last))
                            : Optional.<Duration>empty();
                })
                .orElse(null);
    }

    private RunReport write() {
        List<RunReport.Group> groups =
                run.order().plan().groups().stream().map(this::group).toList();
        Optional<RunState.Ended> ended =
                run.state() instanceof RunState.Ended end ? Optional.of(end) : Optional.empty();
        return new RunReport(
                run.id().toString(),
                ended.isPresent(),
                run.order().planId().toString(),
                run.order().plan().name(),
                run.order().planRevision(),
                run.order().mode().name(),
                run.state().name(),
                run.order().orderedBy(),
                run.order().orderedAt(),
                run.order().expiresAt().orElse(null),
                ended.map(RunState.Ended::at).orElse(null),
                ending().map(ReportWriter::endedBy).orElse(null),
                verdict(),
                ended.isPresent() && run.order().mode().isFailover() ? run.committed() : null,
                longest(groups.stream()
                        .flatMap(group -> group.members().stream())
                        .map(RunReport.Member::rpo)),
                run.recovered() ? longest(groups.stream().map(RunReport.Group::rto)) : null,
                blackout(run),
                groups,
                run.steps().stream().map(StepView::of).toList(),
                cleanup(),
                run.failure()
                        .map(failure -> new RunReport.Problem(failure.code(), failure.message()))
                        .orElse(null),
                ApprovalLines.of(run),
                TrialLines.of(run),
                PartLine.of(run));
    }

    private Optional<RunEnding> ending() {
        return switch (run.state()) {
            case RunState.Live _, RunState.Committing _, RunState.Releasing _ -> Optional.empty();
            case RunState.Released released -> Optional.of(released.ending());
            case RunState.CleaningUp cleaning -> Optional.of(cleaning.ending());
            case RunState.RolledBack rolledBack -> Optional.of(rolledBack.ending());
            case RunState.Succeeded succeeded -> Optional.of(succeeded.ending());
            case RunState.Failed failed -> Optional.of(failed.ending());
            case RunState.Cancelled cancelled -> Optional.of(cancelled.ending());
        };
    }

    private static String endedBy(RunEnding ending) {
        return switch (ending) {
            case RunEnding.Finished finished -> finished.by();
            case RunEnding.Cancelled cancelled -> cancelled.by();
            case RunEnding.RolledBack rolledBack -> rolledBack.by();
            case RunEnding.Committed committed -> committed.by();
            case RunEnding.NotReleased left -> left.by();
            case RunEnding.Released released -> released.by();
            case RunEnding.Expired _ -> "expiry";
            case RunEnding.Broken _ -> "failure";
        };
    }

    private Verdict verdict() {
        if (run.recovered()) {
            return Verdict.RECOVERED;
        }
        return switch (run.state()) {
            case RunState.Live _, RunState.Committing _ -> Verdict.UNDECIDED;
            case RunState.CleaningUp _, RunState.Releasing _, RunState.Ended _ -> Verdict.NOT_RECOVERED;
        };
    }

    private RunReport.Group group(RecoveryGroup group) {
        Optional<Instant> readyAt = readyAt(group);
        return new RunReport.Group(
                group.name(),
                group.dependsOn(),
                switch (group.readiness()) {
                    case Readiness.NbdExport _ -> "NBD_EXPORT";
                    case Readiness.Machines _ -> "MACHINES";
                    case Readiness.None _ -> "NONE";
                },
                readyAt.orElse(null),
                readyAt.map(at -> Duration.between(run.order().orderedAt(), at)).orElse(null),
                readyAt.flatMap(at -> Blackouts.begin(run, group.name()).map(begin -> Duration.between(begin, at)))
                        .orElse(null),
                group.pgIds().stream().map(this::member).toList());
    }

    /** A group is ready when its last session is open, its last machine runs, its probes, if it has some, passed, and its names lead to it. */
    private Optional<Instant> readyAt(RecoveryGroup group) {
        List<Optional<Instant>> ends = run.forwardSteps().stream()
                .filter(step -> step.group().equals(group.name()))
                .filter(step -> !(step.action() instanceof PauseAction || step.action() instanceof HookAction))
                .map(step -> step.progress() instanceof StepProgress.Done done
                        ? Optional.of(done.endedAt())
                        : Optional.<Instant>empty())
                .toList();
        return ends.stream().allMatch(Optional::isPresent)
                ? ends.stream().flatMap(Optional::stream).max(Comparator.naturalOrder())
                : Optional.empty();
    }

    private RunReport.Member member(PgId pg) {
        Optional<ChosenCheckpoint> checkpoint = steps(SessionAction.ChoosePoint.class, pg)
                .flatMap(step -> run.checkpoint(step.id()).stream())
                .findFirst();
        Optional<OpenSession> session = steps(SessionAction.Open.class, pg)
                .flatMap(step -> run.session(step.id()).stream())
                .findFirst();
        return new RunReport.Member(
                pg.toString(),
                run.order().mode().isPlanned()
                        ? "behind the fence"
                        : run.points().get(pg).describe(),
                checkpoint.map(chosen -> chosen.id().toString()).orElse(null),
                checkpoint.map(ChosenCheckpoint::kind).orElse(null),
                checkpoint.map(ChosenCheckpoint::cutAt).orElse(null),
                checkpoint.map(chosen -> chosen.lsn().value()).orElse(null),
                checkpoint.flatMap(ChosenCheckpoint::digest).orElse(null),
                checkpoint.map(this::rpo).orElse(null),
                session.map(open -> open.id().toString()).orElse(null),
                Losses.of(run, pg).orElse(null),
                MachineLines.of(run, pg, facts),
                SourceLines.ownership(run, pg),
                SourceLines.of(run, pg, facts.fences()));
    }

    private Stream<Step> steps(Class<? extends StepAction> kind, PgId pg) {
        return run.steps().stream()
                .filter(step -> kind.isInstance(step.action())
                        && step.action().pg().filter(pg::equals).isPresent());
    }

    private Duration rpo(ChosenCheckpoint checkpoint) {
        Duration age = Duration.between(checkpoint.cutAt(), run.order().orderedAt());
        return age.isNegative() ? Duration.ZERO : age;
    }

    private Cleanup cleanup() {
        List<Step> closing = run.undoSteps();
        int opened = TrialLines.countDone(run, SessionAction.Open.class);
        int closed = TrialLines.countDone(run, SessionAction.CloseSession.class);
        List<String> open = run.openSessions().values().stream()
                .map(session -> session.id().toString())
                .toList();
        boolean failed = closing.stream().anyMatch(step -> step.progress() instanceof StepProgress.Failed);
        Cleanup.Result result =
                switch (run.state()) {
                    case RunState.Live _, RunState.Committing _ -> Cleanup.Result.NOT_STARTED;
                    case RunState.CleaningUp _, RunState.Releasing _ -> Cleanup.Result.UNDER_WAY;
                    case RunState.Released _ -> Cleanup.Result.COMPLETE;
                    case RunState.Succeeded succeeded
                    when succeeded.ending() instanceof RunEnding.NotReleased -> Cleanup.Result.INCOMPLETE;
                    case RunState.Ended _ when run.committed() -> Cleanup.Result.NOT_NEEDED;
                    case RunState.Ended _ -> failed ? Cleanup.Result.INCOMPLETE : Cleanup.Result.COMPLETE;
                };
        return new Cleanup(result, opened, closed, open);
    }

    private static Duration longest(Stream<Duration> durations) {
        List<Duration> known = durations.toList();
        // One unknown value makes the worst one unknown: a report never looks better than it is.
        return known.stream().anyMatch(Objects::isNull)
                ? null
                : known.stream().max(Comparator.naturalOrder()).orElse(null);
    }
}
