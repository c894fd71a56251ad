package io.holdfast.recoveryplan.report.page;

import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.report.RunReport.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The report of a run as one page for people who were not there: it needs nothing else, fetches nothing, runs nothing, and can be printed. It says what the JSON
 * document says, whose digest stands at its end.
 */
public final class ReportPage {
    private final RunReport report;
    private final Map<String, byte[]> screens;
    private final Html page = new Html();

    private ReportPage(RunReport report, Map<String, byte[]> screens) {
        this.report = report;
        this.screens = screens;
    }

    /**
     * @param screens pictures of displays as PNG, by machine id
     * @param jsonSha256 of the same report as JSON, in hexadecimal
     * @param madeAt when this page was asked for
     */
    public static String of(RunReport report, Map<String, byte[]> screens, String jsonSha256, Instant madeAt) {
        return new ReportPage(report, screens).write(jsonSha256, madeAt);
    }

    private String write(String jsonSha256, Instant madeAt) {
        page.raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
                .raw("<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
                .text("Recovery report: " + report.planName() + ", " + report.mode() + ", " + report.orderedAt())
                .raw("</title>\n<style>\n")
                .raw(PageStyle.CSS)
                .raw("</style></head><body>\n");
        summary();
        problem();
        page.heading("What was recovered");
        report.groups().forEach(group -> new GroupSection(page, screens).write(group));
        if (!report.trials().isEmpty()) {
            new TrialSection(page).write(report.trials());
        }
        approvals();
        steps();
        evidence();
        cleanup();
        foot(jsonSha256, madeAt);
        return page.raw("</body></html>\n").toString();
    }

    private void summary() {
        page.raw("<h1>").text("Recovery report: " + report.planName()).raw("</h1>\n");
        if (!report.complete()) {
            page.raw("<p><strong>The run goes on: this is what is known by now.</strong></p>\n");
        }
        page.raw("<p class=\"verdict %s\">".formatted(tone())).text(verdict()).raw("</p>\n");
        page.beginFacts()
                .fact("Mode", report.mode())
                .fact("State", report.state())
                .factIfKnown("Committed", report.committed())
                .fact("Ordered by", report.orderedBy())
                .fact("Ordered at", report.orderedAt())
                .fact("Ended at", report.endedAt())
                .factIfKnown("Ended by", report.endedBy())
                .factIfKnown("Expiry", report.expiresAt())
                .fact("Measured RPO (worst group)", report.rpo())
                .fact("Measured RTO (last group)", report.rto())
                .factIfKnown("Blackout", report.blackout())
                .fact("Plan", "%s, revision %d".formatted(report.planId(), report.planRevision()))
                .fact("Run", report.runId());
        if (report.part() != null) {
            part(report.part());
        }
        page.endFacts();
    }

    private void part(RunReport.Part part) {
        page.fact("Recovered", "a part of the plan only").factIfKnown("VMs of it", String.join(", ", part.vms()));
        part.volumes()
                .forEach((pg, volumes) ->
                        page.fact("Volumes of it, protection group " + pg, String.join(", ", volumes)));
    }

    private String verdict() {
        return switch (report.verdict()) {
            case RECOVERED -> "Recovered: every group was recovered and passed its readiness";
            case NOT_RECOVERED -> "Not recovered";
            case UNDECIDED -> "Not decided yet";
        };
    }

    private String tone() {
        return report.verdict() == Verdict.RECOVERED ? "good" : report.verdict() == Verdict.NOT_RECOVERED ? "bad" : "";
    }

    private void problem() {
        if (report.error() != null) {
            page.heading("What went wrong")
                    .beginFacts()
                    .fact("Code", report.error().code())
                    .fact("Reason", report.error().message())
                    .endFacts();
        }
    }

    private void approvals() {
        if (report.approvals().isEmpty()) {
            return;
        }
        page.heading("Approvals");
        for (RunReport.Approval approval : report.approvals()) {
            page.subheading(approval.name() + " (" + approval.group() + ")")
                    .raw("<p>")
                    .text(approval.text())
                    .raw("</p>\n")
                    .beginFacts()
                    .fact("State", approval.state())
                    .fact("Asked for at", approval.since())
                    .endFacts();
            if (!approval.words().isEmpty()) {
                page.beginTable(List.of("Who", "When", "Word", "Comment"));
                approval.words()
                        .forEach(word -> page.row(
                                word.by(), word.at(), word.approved() ? "approved" : "rejected", word.comment()));
                page.endTable();
            }
        }
    }

    private void steps() {
        page.heading("Every step");
        new StepTable(page).write(report.steps());
    }

    /** What programs and guests have said at steps; that of ready machines stands with them. */
    private void evidence() {
        List<RunReport.StepLine> said = report.steps().stream()
                .filter(step -> step.evidence() != null && !step.evidence().isBlank())
                .toList();
        if (!said.isEmpty()) {
            page.heading("What was said at steps");
            said.forEach(step ->
                    page.subheading(step.kind() + " (" + step.id() + ")").quoted(step.evidence()));
        }
    }

    private void cleanup() {
        page.heading("What is left")
                .beginFacts()
                .fact("Clean-up", report.cleanup().result())
                .fact("Sessions opened", report.cleanup().sessionsOpened())
                .fact("Sessions closed", report.cleanup().sessionsClosed())
                .factIfKnown("Sessions open", String.join(", ", report.cleanup().openSessions()))
                .endFacts();
    }

    private void foot(String jsonSha256, Instant madeAt) {
        page.heading("This document")
                .beginFacts()
                .fact("Complete", report.complete())
                .fact("SHA-256 of the same report as JSON", jsonSha256)
                .fact("Page made at", madeAt)
                .endFacts();
    }
}
