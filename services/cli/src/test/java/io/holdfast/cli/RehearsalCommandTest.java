package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cli.FakeSite.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The command line")
class RehearsalCommandTest {
    private static final String RUN = "/api/v1/runs/11111111-1111-1111-1111-111111111111";
    private static final String ID = "11111111-1111-1111-1111-111111111111";
    private static final String PLAN = "22222222-2222-2222-2222-222222222222";
    private static final String REPORT = """
            {"verdict":"RECOVERED","groups":[{"name":"g","members":[{"machines":[
              {"name":"db","vmId":"v1","machineId":"m1","screen":{"href":"%s/machines/m1/screen"}},
              {"name":"web","vmId":"v2","machineId":"m2","screen":null}]}]}],"steps":[]}""".formatted(RUN);

    @TempDir
    Path folder;

    private final FakeSite site = new FakeSite();

    @AfterEach
    void stop() {
        site.close();
    }

    @Test
    void lists_plans_and_says_by_its_exit_code_that_a_test_is_overdue() {
        site.list("/api/v1/rehearsals", """
                {"planId":"p1","name":"shop","nextAt":"2026-03-08T02:00:00Z",
                 "test":{"state":"TESTED","overdue":false,"lastGoodTestAt":"2026-03-01T02:00:00Z"}}""");
        assertThat(site.run("rehearsal", "list")).satisfies(result -> {
            assertThat(result.exitCode()).isZero();
            assertThat(result.out()).contains("shop", "TESTED", "2026-03-08T02:00:00Z");
        });
        try (FakeSite late = new FakeSite()) {
            late.list(
                    "/api/v1/rehearsals",
                    "{\"planId\":\"p2\",\"name\":\"bank\",\"test\":{\"state\":\"NEVER_TESTED\",\"overdue\":true}}",
                    "{\"planId\":\"p1\",\"name\":\"shop\",\"test\":{\"state\":\"TESTED\",\"overdue\":false}}");
            Result result = late.run("rehearsal", "list", "--overdue");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out()).contains("bank", "NEVER_TESTED").doesNotContain("shop");
        }
    }

    @Test
    void shows_what_has_changed_since_a_plan_was_tested_and_says_so_by_its_exit_code() {
        site.list("/api/v1/plans", "{\"id\":\"%s\",\"name\":\"shop\"}".formatted(PLAN))
                .on("GET /api/v1/plans/" + PLAN + "/drift", 200, """
                        {"planRevision":4,"drifted":true,"test":{"runId":"%s","planRevision":3},"unknownGroups":["g9"],
                         "machines":[{"name":"db","kind":"CHANGED","changes":[{"what":"cpuCount","before":"2","now":"8"}],
                           "cards":[{"name":"eth0","source":"office","test":"isolated bubble","live":null}]},
                           {"name":"web","kind":"ADDED","changes":[],"cards":[]}]}""".formatted(ID));

        Result result = site.run("plan", "drift", "shop");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out())
                .contains(ID, "of revision 3", "at revision 4", "cpuCount", "ADDED", "isolated bubble", "g9");
    }

    @Test
    void has_a_plan_rehearsed_on_a_schedule() {
        site.list("/api/v1/plans", "{\"id\":\"%s\",\"name\":\"shop\"}".formatted(PLAN))
                .on("PUT /api/v1/plans/" + PLAN + "/rehearsal-policy", 200, """
                        {"nextAt":"2026-03-08T02:00:00Z","test":{"state":"NEVER_TESTED","overdueAfter":"PT2160H"},
                         "policy":{"schedule":{"cron":"0 3 * * SUN","timeZone":"Europe/Berlin","point":"LATEST_APP"}}}""");

        Result result = site.run(
                "rehearsal",
                "schedule",
                "shop",
                "--cron",
                "0 3 * * SUN",
                "--time-zone",
                "Europe/Berlin",
                "--point",
                "LATEST_APP",
                "--serve-for",
                "30m",
                "--overdue-after",
                "90d");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("next rehearsal 2026-03-08T02:00:00Z", "0 3 * * SUN Europe/Berlin");
        assertThat(site.asked().getLast().body())
                .isEqualTo(
                        "{\"overdueAfter\":\"PT2160H\",\"schedule\":{\"cron\":\"0 3 * * SUN\",\"timeZone\":\"Europe/Berlin\","
                                + "\"point\":\"LATEST_APP\",\"serveFor\":\"PT30M\"}}");
        assertThat(site.run("rehearsal", "schedule", "shop").exitCode()).isEqualTo(2);
    }

    @Test
    void shows_what_became_of_rehearsals_and_why_some_were_skipped() {
        site.list("/api/v1/plans", "{\"id\":\"%s\",\"name\":\"shop\"}".formatted(PLAN))
                .list(
                        "/api/v1/plans/" + PLAN + "/rehearsals",
                        "{\"at\":\"2026-03-08T02:00:00Z\",\"outcome\":\"SKIPPED\",\"code\":\"PLAN_BUSY\",\"reason\":\"run x has not ended\"}",
                        "{\"at\":\"2026-03-01T02:00:00Z\",\"outcome\":\"ORDERED\",\"runId\":\"r1\",\"state\":\"SUCCEEDED\",\"recovered\":true}");

        assertThat(site.run("rehearsal", "history", "shop").out())
                .contains("PLAN_BUSY: run x has not ended", "SUCCEEDED");
    }

    @Test
    void keeps_a_report_as_a_page_or_as_the_very_bytes_of_its_json() throws IOException {
        site.on("GET " + RUN + "/report.html", 200, "<!DOCTYPE html><title>r</title>")
                .on("GET " + RUN + "/report", 200, "{\"verdict\" :  \"RECOVERED\"}");

        Path page = folder.resolve("report.html");
        assertThat(site.run("run", "report", ID, "--output", "html", "--file", page.toString())
                        .exitCode())
                .isZero();
        assertThat(Files.readString(page)).isEqualTo("<!DOCTYPE html><title>r</title>");

        Path json = folder.resolve("report.json");
        assertThat(site.run("run", "report", ID, "--output", "json", "--file", json.toString())
                        .exitCode())
                .isZero();
        assertThat(Files.readString(json)).isEqualTo("{\"verdict\" :  \"RECOVERED\"}");

        assertThat(site.run("run", "report", ID, "--output", "html", "--file", page.toString())
                        .exitCode())
                .as("never over another file")
                .isEqualTo(2);
        assertThat(site.run("run", "report", ID, "--file", folder.resolve("x").toString())
                        .exitCode())
                .isEqualTo(2);
        assertThat(site.run("run", "show", ID, "--output", "html").exitCode()).isEqualTo(2);
    }

    @Test
    void fetches_the_picture_of_a_machine_by_its_name() throws IOException {
        site.on("GET " + RUN + "/report", 200, REPORT).on("GET " + RUN + "/machines/m1/screen", 200, "PNG");
        Path picture = folder.resolve("db.png");

        assertThat(site.run("run", "screen", ID, "db", "--to", picture.toString())
                        .exitCode())
                .isZero();

        assertThat(Files.readString(picture)).isEqualTo("PNG");
        assertThat(site.run(
                        "run",
                        "screen",
                        ID,
                        "web",
                        "--to",
                        folder.resolve("web.png").toString()))
                .satisfies(none -> {
                    assertThat(none.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
                    assertThat(none.err()).contains("no picture of a machine 'web'");
                });
    }
}
