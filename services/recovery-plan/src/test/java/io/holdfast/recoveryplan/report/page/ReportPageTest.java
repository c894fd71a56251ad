package io.holdfast.recoveryplan.report.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.recoveryplan.report.LiveFacts;
import io.holdfast.recoveryplan.report.ReportWriter;
import io.holdfast.recoveryplan.report.RunReport;
import io.holdfast.recoveryplan.run.Run;
import io.holdfast.recoveryplan.support.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The page of a report")
class ReportPageTest {
    private static final String HOSTILE = "</td><script src=//evil></script>\" onload='x' &amp; \u202Egnp.exe\0";
    private static final byte[] PICTURE = {(byte) 0x89, 'P', 'N', 'G'};

    @Test
    void escapesWhateverOthersHaveChosen() {
        String page = ReportPage.of(hostile(), Map.of("m1", PICTURE), "d1", Samples.NOON);

        assertThat(page).doesNotContain("<script", "onload='", "\u202E", "\0");
        assertThat(page).contains("&lt;script src=//evil&gt;", "&amp;amp;", "&quot; onload=&#39;x&#39;");
        assertThat(page.split("<script|javascript:|http:|https:|<link|<iframe|@import|url\\("))
                .hasSize(1);
    }

    @Test
    void bringsItsPicturesAndNamesTheOnesThatItLacks() {
        String with = ReportPage.of(hostile(), Map.of("m1", PICTURE), "d1", Samples.NOON);
        String without = ReportPage.of(hostile(), Map.of(), "d1", Samples.NOON);

        assertThat(with)
                .contains("src=\"data:image/png;base64," + Base64.getEncoder().encodeToString(PICTURE) + "\"");
        assertThat(without).doesNotContain("<img").contains("SHA-256 abc");
    }

    @Test
    void saysEverythingThatAnAuditorAsks() {
        String page = ReportPage.of(hostile(), Map.of(), "d1g2e3s4t5", Samples.NOON);

        assertThat(page)
                .startsWith("<!DOCTYPE html>")
                .contains("@page", "Ordered by", "Measured RPO", "Measured RTO", "Digest of the checkpoint", "dig-77")
                .contains("0:00:04.000", "0:00:30.000", "CHOOSE_POINT", "Approvals", "approved", "d1g2e3s4t5")
                .contains("Sessions closed");
    }

    @Test
    void saysWhichPointsWereTriedBeforeAndThatItIsAboutAPart() {
        String page = ReportPage.of(hostile(), Map.of(), "d", Samples.NOON);

        assertThat(page).contains("Trial 1", "c-tried", "GUEST_ENDED", "Left at");
        assertThat(page.split("CHOOSE_POINT \\(1.choose\\)</td>"))
                .as("steps of the trial, and of the run")
                .hasSize(3);
        assertThat(page).contains("a part of the plan only", "vm-alone", "protection group pg1", "volume-alone");
    }

    @Test
    void saysNothingOfTrialsAndPartsWhenThereAreNone() {
        String page = ReportPage.of(
                ReportWriter.of(Samples.run(Samples.shop()), LiveFacts.NONE), Map.of(), "d", Samples.NOON);

        assertThat(page).doesNotContain("Trial", "tried before", "part of the plan");
    }

    @Test
    void showsADashForWhatIsNotKnownAndThatARunGoesOn() {
        Run run = Samples.run(Samples.shop());
        String page = ReportPage.of(ReportWriter.of(run, LiveFacts.NONE), Map.of(), "d", Samples.NOON);

        assertThat(page).contains("The run goes on", "Not decided yet");
        assertThat(page).contains("Measured RPO (worst group)</th><td>–</td>");
    }

    private static RunReport hostile() {
        RunReport.Screen screen = new RunReport.Screen("READY", Samples.NOON, 4, "abc", "/x");
        RunReport.Machine machine = new RunReport.Machine(
                "v1", HOSTILE, "m1", "h1", HOSTILE, Samples.NOON, Samples.NOON, false, HOSTILE, null, screen);
        RunReport.Member member = new RunReport.Member(
                "pg1",
                "latest",
                "c1",
                "APP",
                Samples.NOON,
                77L,
                "dig-77",
                Duration.ofSeconds(4),
                "s1",
                null,
                List.of(machine),
                null,
                List.of());
        RunReport.Group group = new RunReport.Group(
                HOSTILE, List.of(HOSTILE), "MACHINES", Samples.NOON, Duration.ofSeconds(30), null, List.of(member));
        RunReport.StepLine step = new RunReport.StepLine(
                "1.choose",
                HOSTILE,
                "CHOOSE_POINT",
                "pg1",
                "SUCCEEDED",
                Samples.NOON,
                Samples.NOON.plusSeconds(1),
                Duration.ofSeconds(1),
                1,
                HOSTILE,
                HOSTILE);
        Instant noon = Samples.NOON;
        return new RunReport(
                "r1",
                true,
                "p1",
                HOSTILE,
                3,
                "TEST",
                "SUCCEEDED",
                HOSTILE,
                noon,
                noon,
                noon,
                HOSTILE,
                RunReport.Verdict.RECOVERED,
                null,
                Duration.ofSeconds(4),
                Duration.ofSeconds(30),
                null,
                List.of(group),
                List.of(step),
                new RunReport.Cleanup(RunReport.Cleanup.Result.COMPLETE, 1, 1, List.of()),
                new RunReport.Problem("CODE", HOSTILE),
                List.of(new RunReport.Approval(
                        "a1",
                        HOSTILE,
                        HOSTILE,
                        HOSTILE,
                        "APPROVED",
                        noon,
                        null,
                        List.of(new RunReport.Word(HOSTILE, noon, true, HOSTILE)))),
                List.of(new RunReport.Trial(
                        1,
                        HOSTILE,
                        noon,
                        noon,
                        false,
                        new RunReport.Problem("GUEST_ENDED", HOSTILE),
                        List.of(new RunReport.TrialPoint("pg1", HOSTILE, "c-tried", noon)),
                        List.of(step))),
                new RunReport.Part(List.of("vm-alone"), Map.of("pg1", List.of("volume-alone"))));
    }
}
