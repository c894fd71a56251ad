package io.holdfast.recoveryplan.adapter.rest;

import io.holdfast.recoveryplan.report.ApprovalLines;
import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.Losses;
import io.holdfast.recoveryplan.report.MachineLines;
import io.holdfast.recoveryplan.report.PartLine;
import io.holdfast.recoveryplan.report.ReportWriter;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.report.SourceLines;
import io.holdfast.recoveryplan.report.StepView;
import io.holdfast.recoveryplan.report.TrialLines;
import io.holdfast.recoveryplan.run.FailoverRules;
import io.holdfast.recoveryplan.run.OpenSession;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.run.RunState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A run as a reply has it. */
@Schema(name = "Run")
public record RunRepresentation(
        String id,
        String planId,
        long planRevision,
        String planName,
        String mode,

        @Schema(
                enumeration = {
                    "PENDING",
                    "RUNNING",
                    "READY",
                    "SWITCHING",
                    "HALTED",
                    "COMMITTING",
                    "CLEANING_UP",
                    "RELEASING",
                    "RELEASED",
                    "SUCCEEDED",
                    "FAILED",
                    "CANCELLED",
                    "ROLLED_BACK"
                })
        String state,

        @Schema(description = "Every group was recovered and passed its readiness; stays true through clean-up.")
        boolean recovered,

        @Schema(description = "Every session was committed; the machines go on running.")
        boolean committed,

        @Schema(description = "Of failovers; null for tests.")
        Failover failover,

        String orderedBy,
        Instant orderedAt,
        Instant expiresAt,
        Instant endedAt,
        List<RunReport.StepLine> steps,
        @Schema(description = "Sessions that are open now.") List<Session> sessions,

        @Schema(description = "By protection group: its machines, and what is lost at the chosen checkpoint.")
        List<GroupView> groups,

        @Schema(
                description =
                        "Of PLANNED: from the first order to shut a VM down until the last group was ready; null while not all are.")
        Duration blackout,

        RunReport.Problem error,

        @Schema(description = "Persons' words that the plan asks for; those in state WAITING hold the run up.")
        List<RunReport.Approval> approvals,

        @Schema(
                description =
                        "Ways through the steps that were left for other points; empty = steps are those of the first one.")
        List<RunReport.Trial> trials,

        @Schema(description = "What is recovered of the plan; null: everything.")
        RunReport.Part part) {

    /** @param commitAfter counted from READY */
    @Schema(name = "Failover")
    public record Failover(
            String commitPolicy,
            Duration commitAfter,

            @Schema(description = "When the commit policy acts; null while the run is not READY, and with NONE.")
            Instant actsAt,

            String onFailure,

            @Schema(description = "Of PLANNED; null for others.")
            RunRequest.Shutdown shutdown) {}

    /** @param loss null = not known */
    @Schema(name = "RunGroup")
    public record GroupView(
            String pgId,
            RunReport.Loss loss,
            List<RunReport.Machine> machines,

            @Schema(
                    description = "Of failovers: who owns its VMs, by what this run has done.",
                    enumeration = {"NOT_TAKEN", "UNKNOWN", "TAKEN", "COMMITTED", "RETURNED", "LEFT_ALONE"})
            String ownership,

            @Schema(description = "Of failovers: its VMs at their source, and whether they are known to write no more.")
            List<RunReport.Source> sources) {}

    @Schema(name = "RunSession")
    public record Session(String pgId, String sessionId, List<SessionExport> exports) {}

    /** @param nbdExport the export's name at the address */
    public record SessionExport(
            String volumeId, String name, String vmId, long sizeBytes, String nbdAddress, String nbdExport) {}

    static RunRepresentation of(Run run, LiveFacts facts) {
        return new RunRepresentation(
                run.id().toString(),
                run.order().planId().toString(),
                run.order().planRevision(),
                run.order().plan().name(),
                run.order().mode().name(),
                run.state().name(),
                run.recovered(),
                run.committed(),
                run.order().failover().map(rules -> failover(run, rules)).orElse(null),
                run.order().orderedBy(),
                run.order().orderedAt(),
                run.order().expiresAt().orElse(null),
                run.state() instanceof RunState.Ended ended ? ended.at() : null,
                run.steps().stream().map(StepView::of).toList(),
                run.openSessions().entrySet().stream()
                        .map(open -> session(open.getKey().toString(), open.getValue()))
                        .toList(),
                run.order().plan().pgIds().stream()
                        .map(pg -> new GroupView(
                                pg.toString(),
                                Losses.of(run, pg).orElse(null),
                                MachineLines.of(run, pg, facts),
                                SourceLines.ownership(run, pg),
                                SourceLines.of(run, pg, facts.fences())))
                        .toList(),
                ReportWriter.blackout(run),
                run.failure()
                        .map(failure -> new RunReport.Problem(failure.code(), failure.message()))
                        .orElse(null),
                ApprovalLines.of(run),
                TrialLines.of(run),
                PartLine.of(run));
    }

    private static Failover failover(Run run, FailoverRules rules) {
        return new Failover(
                rules.commitPolicy().name(),
                rules.commitAfter(),
                run.state() instanceof RunState.Ready ready
                        ? rules.actsAt(ready.since()).orElse(null)
                        : null,
                rules.onFailure().name(),
                rules.shutdown()
                        .map(shutdown -> new RunRequest.Shutdown(shutdown.grace(), shutdown.skip()))
                        .orElse(null));
    }

    private static Session session(String pgId, OpenSession session) {
        return new Session(
                pgId,
                session.id().toString(),
                session.exports().stream()
                        .map(export -> new SessionExport(
                                export.volumeId(),
                                export.name(),
                                export.vmId(),
                                export.sizeBytes(),
                                export.nbdAddress(),
                                export.nbdExport()))
                        .toList());
    }
}
