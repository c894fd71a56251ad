package io.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.cli.FakeSite.Answer;
import io.holdfast.cli.FakeSite.Result;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The command holdfast")
class CommandTest {
    private static final String HOST = "aaaaaaaa-0000-4000-8000-000000000001";
    private static final String GROUP = "aaaaaaaa-0000-4000-8000-000000000002";
    private static final String PLAN = "aaaaaaaa-0000-4000-8000-000000000003";
    private static final String RUN = "aaaaaaaa-0000-4000-8000-000000000004";
    private static final String GROUPS = "/api/v1/protection-groups";

    @TempDir
    Path folder;

    private final FakeSite site = new FakeSite();

    @AfterEach
    void stop() {
        site.close();
    }

    private static String named(String id, String name) {
        return "{\"id\":\"%s\",\"name\":\"%s\"}".formatted(id, name);
    }

    @Nested
    @DisplayName("shows")
    class Shows {
        @Test
        void hosts_in_columns_and_what_is_not_known_as_a_dash() {
            site.list("/api/v1/hosts", """
                    {"id":"%s","name":"kvm-1","agentConnected":true,"cpuCount":8,"memoryBytes":17179869184,
                     "agentConnectionChangedAt":"2026-01-02T03:04:05.000006Z",
                     "hosting":{"adapters":["qemu"],"memoryLimitBytes":1073741824,"memoryUsedBytes":1048576}}""".formatted(HOST), named(HOST, "never\\u0007seen"));

            Result shown = site.run("host", "list");

            assertThat(shown.exitCode()).isZero();
            assertThat(shown.out().lines())
                    .containsExactly(
                            "NAME        ID                                    AGENT      SINCE                 CPUS  MEMORY    RUNS MACHINES",
                            "kvm-1       " + HOST
                                    + "  connected  2026-01-02T03:04:05Z  8     16.0 GiB  1.0 MiB of 1.0 GiB used",
                            "never.seen  " + HOST + "  -          -                     -     -         no");
        }

        @Test
        void an_unknown_rpo_as_unknown_and_never_as_zero() {
            site.list(GROUPS, """
                    {"id":"%s","name":"erp","lifecycle":"PROTECTED","vms":[],"rpo":{"known":false,"reason":"JOURNAL_SILENT"},
                     "conditions":[{"type":"RpoMet","status":"UNKNOWN"},{"type":"InSync","status":"TRUE"},{"type":"HistoryMet","status":"FALSE"}]}""".formatted(GROUP));

            assertThat(site.run("group", "list").out())
                    .contains("unknown (JOURNAL_SILENT)")
                    .contains("RpoMet?, HistoryMet");
        }

        @Test
        void branches_with_what_they_are_and_how_long_they_stay() {
            site.list("/api/v1/journals/" + GROUP + "/branches", """
                    {"name":"before-home","kind":"COMMIT","state":"COMMITTED","at":"2026-01-02T03:04:05Z","savedBytes":4096,
                     "volumeIds":["v1","v2"],"until":null}""", """
                    {"name":"old-site","kind":"OLD_DISK","state":"READABLE","at":"2026-01-02T03:04:05Z","savedBytes":1048576,
                     "volumeIds":["v1"],"until":"2026-02-01T03:04:05Z"}""");

            assertThat(site.run("branch", "list", GROUP).out().lines())
                    .containsExactly(
                            "NAME         KIND      STATE      SINCE                 UNTIL                 SAVED    VOLUMES",
                            "before-home  COMMIT    COMMITTED  2026-01-02T03:04:05Z  released              4.0 KiB  2",
                            "old-site     OLD_DISK  READABLE   2026-01-02T03:04:05Z  2026-02-01T03:04:05Z  1.0 MiB  1");
        }

        @Test
        void the_sites_own_json_to_scripts_with_fields_that_this_version_does_not_know() {
            site.list("/api/v1/hosts", "{\"id\":\"x\",\"rackUnit\":7}");

            assertThat(site.run("host", "list", "--output", "json").out())
                    .isEqualToIgnoringWhitespace("[{\"id\":\"x\",\"rackUnit\":7}]");
        }

        @Test
        void every_page_of_a_list() {
            site.on("GET /api/v1/hosts", 200, "{\"items\":[" + named(HOST, "a") + "],\"nextCursor\":\"c/1\"}")
                    .on("GET /api/v1/hosts", 200, "{\"items\":[" + named(HOST, "b") + "]}");

            assertThat(site.run("host", "list").out().lines()).hasSize(3);
            assertThat(site.asked().get(1).path()).contains("cursor=c%2F1");
        }

        @Test
        void that_something_critical_is_wrong_by_its_exit_code_too() {
            site.list("/api/v1/runs").list(GROUPS, """
                    {"id":"%s","name":"erp","lifecycle":"PROTECTED","rpo":{"known":true,"age":"PT3.21S"},
                     "conditions":[{"type":"AgentsConnected","status":"FALSE","severity":"CRITICAL"}]}""".formatted(GROUP));

            Result status = site.run("status");

            assertThat(status.exitCode()).isEqualTo(ExitCode.FAILED.number());
            assertThat(status.out()).contains("erp", "3.2s", "CRITICAL", "AgentsConnected");
        }

        @Test
        void how_to_complete_its_words() {
            assertThat(alone("completion")).startsWith("#!").contains("complete", "checkpoint", "rollback");
        }

        @Test
        void what_its_exit_codes_mean() {
            assertThat(alone("--help")).contains("Exit codes:", " 7  not finished within --wait-limit");
        }

        private String alone(String word) {
            StringWriter out = new StringWriter();
            assertThat(Main.execute(new PrintWriter(out), new PrintWriter(out), word))
                    .isZero();
            return out.toString();
        }
    }

    @Nested
    @DisplayName("finds")
    class Finds {
        @Test
        void what_is_named() {
            site.list(GROUPS, named(GROUP, "erp"), named(HOST, "web"))
                    .on("POST " + GROUPS + "/" + GROUP + "/pause", 202, "{}");

            assertThat(site.run("group", "pause", "erp").exitCode()).isZero();
        }

        @Test
        void nothing_by_half_a_name() {
            site.list(GROUPS, named(GROUP, "erp"));

            Result result = site.run("group", "pause", "er");

            assertThat(result.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());
            assertThat(result.err()).isEqualToIgnoringNewLines("holdfast: there is no protection group 'er'");
        }

        @Test
        void no_one_of_two_with_the_same_name() {
            site.list(GROUPS, named(GROUP, "erp"), named(HOST, "erp"));

            Result result = site.run("group", "remove", "erp");

            assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE.number());
            assertThat(result.err()).contains(GROUP, HOST);
            assertThat(site.asked()).allMatch(asked -> asked.method().equals("GET"));
        }
    }

    @Nested
    @DisplayName("says what went wrong")
    class Failures {
        @ParameterizedTest(name = "{0} is exit code {1}")
        @CsvSource({"400, 3", "401, 5", "403, 5", "404, 4", "409, 3", "412, 3", "429, 6", "500, 6", "503, 6"})
        void by_its_exit_code(int status, int exitCode) {
            site.on("GET /api/v1/hosts", status, "{\"code\":\"SOME_CODE\",\"detail\":\"so it is\"}");

            Result result = site.run("host", "list");

            assertThat(result.exitCode()).isEqualTo(exitCode);
            assertThat(result.err()).isEqualToIgnoringNewLines("holdfast: SOME_CODE: so it is");
            assertThat(result.out()).isEmpty();
        }

        @Test
        void with_every_field_that_was_refused() {
            site.on("POST " + GROUPS, 400, """
                    {"code":"INVALID_REQUEST","detail":"2 fields","violations":[{"field":"name","message":"is taken"},{"field":"history","message":"is too long"}]}""");

            assertThat(site.run("group", "create", "--name", "x", "--vm", HOST).err())
                    .contains("name is taken", "history is too long");
        }

        @Test
        void when_nobody_answers() {
            String gone = site.address();
            site.close();

            Result result = FakeSite.runAt(gone, "host", "list");

            assertThat(result.exitCode()).isEqualTo(ExitCode.UNREACHABLE.number());
            assertThat(result.err()).contains(gone).doesNotContain("Exception");
        }

        @Test
        void when_something_else_than_a_site_answers() {
            site.on("GET /api/v1/hosts", 200, "<html>a proxy's greeting</html>");

            Result result = site.run("host", "list");

            assertThat(result.exitCode()).isEqualTo(ExitCode.UNREACHABLE.number());
            assertThat(result.err()).contains("no Holdfast site");
        }

        @ParameterizedTest(name = "{0}")
        @CsvSource({"not an address", "ftp://example.org", "http://", "http://x/?y=1"})
        void when_the_address_is_none(String address) {
            assertThat(FakeSite.runAt(address, "host", "list").exitCode()).isEqualTo(ExitCode.USAGE.number());
        }

        @Test
        void when_a_word_is_not_known() {
            assertThat(site.run("gruop", "list").exitCode()).isEqualTo(ExitCode.USAGE.number());
            assertThat(site.run("group", "create", "--history", "soon", "--name", "x", "--vm", HOST)
                            .exitCode())
                    .isEqualTo(ExitCode.USAGE.number());
        }
    }

    @Nested
    @DisplayName("orders")
    class Orders {
        @Test
        void with_the_token_of_a_file_and_an_idempotency_key() throws IOException {
            Path token = Files.writeString(folder.resolve("token"), "secret\n");
            site.on("POST " + GROUPS + "/" + GROUP + "/checkpoints", 202, "{\"checkpointId\":\"c1\"}");

            Result result =
                    site.run("group", "checkpoint", GROUP, "before the upgrade", "--token-file", token.toString());

            assertThat(result.out()).contains("c1");
            assertThat(site.asked()).singleElement().satisfies(asked -> {
                assertThat(asked.authorization()).isEqualTo("Bearer secret");
                assertThat(asked.key()).hasSize(36);
                assertThat(asked.body()).isEqualTo("{\"name\":\"before the upgrade\"}");
            });
        }

        @Test
        void once_more_under_the_same_key_when_the_answer_is_lost() {
            site.on("POST " + GROUPS + "/" + GROUP + "/pause", Answer.LOST)
                    .on("POST " + GROUPS + "/" + GROUP + "/pause", 202, "{}");

            assertThat(site.run("group", "pause", GROUP).exitCode()).isZero();
            assertThat(site.asked()).hasSize(2);
            assertThat(site.asked().get(0).key()).isEqualTo(site.asked().get(1).key());
        }

        @Test
        void a_group_in_words_and_starts_it() {
            site.list("/api/v1/vms", named(HOST, "web"))
                    .on("POST " + GROUPS, 201, named(GROUP, "erp"))
                    .on("POST " + GROUPS + "/" + GROUP + "/start", 202, "{}");

            Result result = site.run(
                    "group",
                    "create",
                    "--name",
                    "erp",
                    "--vm",
                    "web",
                    "--history",
                    "2d",
                    "--rpo",
                    "90s",
                    "--journal-limit",
                    "2GiB");

            assertThat(result.exitCode()).isZero();
            assertThat(site.asked().get(1).body())
                    .isEqualTo(
                            "{\"name\":\"erp\",\"vmIds\":[\"%s\"],\"history\":\"PT48H\",\"rpoObjective\":\"PT1M30S\",\"journalLimitBytes\":2147483648}"
                                    .formatted(HOST));
        }

        @Test
        void a_plan_by_names_of_groups_and_makes_or_changes_it() throws IOException {
            Path file = Files.writeString(
                    folder.resolve("plan.json"),
                    "{\"name\":\"all\",\"groups\":[{\"name\":\"db\",\"pgIds\":[\"erp\"]}]}");
            String wanted = "{\"name\":\"all\",\"groups\":[{\"name\":\"db\",\"pgIds\":[\"%s\"]}]}".formatted(GROUP);
            String plan = "{\"id\":\"%s\",\"name\":\"all\",\"revision\":3}".formatted(PLAN);
            site.list(GROUPS, named(GROUP, "erp"))
                    .on("GET /api/v1/plans", 200, "{\"items\":[]}")
                    .on("GET /api/v1/plans", 200, "{\"items\":[" + plan + "]}")
                    .on("POST /api/v1/plans", 201, plan)
                    .on("PUT /api/v1/plans/" + PLAN, 200, plan);

            assertThat(site.run("plan", "apply", "-f", file.toString()).exitCode())
                    .isZero();
            assertThat(site.run("plan", "apply", "-f", file.toString()).exitCode())
                    .isZero();

            var changes = site.asked().stream()
                    .filter(asked -> !asked.method().equals("GET"))
                    .toList();
            assertThat(changes).extracting(FakeSite.Asked::method).containsExactly("POST", "PUT");
            assertThat(changes).allMatch(asked -> asked.body().equals(wanted));
            assertThat(changes.get(1).ifMatch()).isEqualTo("\"3\"");
        }

        @Test
        void nothing_from_a_file_that_is_no_json_and_names_the_line() throws IOException {
            Path file = Files.writeString(folder.resolve("plan.json"), "{\n\"name\": all}");

            Result result = site.run("plan", "apply", "-f", file.toString());

            assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE.number());
            assertThat(result.err()).contains("plan.json, line 2");
            assertThat(site.asked()).isEmpty();
        }
    }

    @Nested
    @DisplayName("follows a run")
    class Runs {
        private String run(String state, boolean recovered, String steps) {
            return "{\"id\":\"%s\",\"mode\":\"TEST\",\"planName\":\"all\",\"state\":\"%s\",\"recovered\":%s,\"steps\":[%s]}"
                    .formatted(RUN, state, recovered, steps);
        }

        private String step(String state) {
            return "{\"id\":\"1\",\"group\":\"db\",\"kind\":\"OPEN_SESSION\",\"state\":\"%s\"}".formatted(state);
        }

        @Test
        void until_it_is_ready_and_tells_each_step_once() {
            site.on("POST /api/v1/plans/" + PLAN + "/runs", 202, run("PENDING", false, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("RUNNING", false, step("RUNNING")))
                    .on("GET /api/v1/runs/" + RUN, 200, run("RUNNING", false, step("RUNNING")))
                    .on("GET /api/v1/runs/" + RUN, 200, run("READY", true, step("SUCCEEDED")));

            Result result =
                    site.run("run", "start", PLAN, "--point", GROUP + "=2026-03-01T10:14:06Z", "--expires-after", "2h");

            assertThat(result.exitCode()).isZero();
            assertThat(result.out()).contains("READY, recovered");
            assertThat(result.err().lines().filter(line -> line.contains("OPEN_SESSION")))
                    .hasSize(2);
            assertThat(site.asked().getFirst().body())
                    .isEqualTo(
                            "{\"mode\":\"TEST\",\"points\":{\"%s\":{\"time\":\"2026-03-01T10:14:06Z\"}},\"expiresAfter\":\"PT2H\"}"
                                    .formatted(GROUP));
        }

        @Test
        void to_another_checkpoint_and_tells_what_was_tried() {
            String left = run("READY", true, step("SUCCEEDED"));
            left = left.substring(0, left.lastIndexOf('}')) + """
                    ,"failover":{"commitPolicy":"ROLLBACK","actsAt":"2026-03-01T11:00:00Z"},
                    "trials":[{"number":1,"orderedBy":"rita","endedAt":"2026-03-01T10:30:00Z","recovered":false,
                    "error":{"code":"READINESS_TIMEOUT"},"points":[{"pgId":"db","checkpointId":"older","cutAt":"2026-03-01T10:14:06Z"}]}]}""";
            site.on("POST /api/v1/runs/" + RUN + "/switch", 202, run("SWITCHING", false, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("SWITCHING", false, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, left);

            Result result = site.run("run", "switch", RUN, "--point", GROUP + "=latest-verified");

            assertThat(result.exitCode()).isZero();
            assertThat(site.asked().getFirst().body())
                    .isEqualTo("{\"points\":{\"%s\":{\"latestVerified\":true}}}".formatted(GROUP));
            assertThat(result.out()).contains("ROLLBACK by itself at", "READINESS_TIMEOUT", "older");
        }

        @Test
        void of_a_part_of_a_plan_that_is_cloned() {
            site.on("POST /api/v1/plans/" + PLAN + "/runs", 202, run("PENDING", false, ""));

            Result result = site.run(
                    "run",
                    "start",
                    PLAN,
                    "--mode",
                    "CLONE",
                    "--no-wait",
                    "--only-vm",
                    RUN,
                    "--only-volume",
                    GROUP + "=" + HOST,
                    "--attach",
                    "lan=dmz");

            assertThat(result.exitCode()).isZero();
            assertThat(site.asked().getFirst().body())
                    .isEqualTo(
                            "{\"mode\":\"CLONE\",\"only\":{\"vms\":[\"%s\"],\"volumes\":{\"%s\":[\"%s\"]}},\"attach\":{\"lan\":\"dmz\"}}"
                                    .formatted(RUN, GROUP, HOST));
            assertThat(site.run("run", "start", PLAN, "--only-volume", HOST).exitCode())
                    .isEqualTo(ExitCode.USAGE.number());
        }

        private static String approval(String step, String state) {
            return """
                    {"stepId":"%s","group":"app","name":"go live","text":"look at the database","state":"%s","until":"2026-03-01T10:30:00Z","words":[]}""".formatted(step, state);
        }

        private String waiting(String... approvals) {
            String run = run("RUNNING", false, step("RUNNING"));
            return run.substring(0, run.lastIndexOf('}')) + ",\"approvals\":[" + String.join(",", approvals) + "]}";
        }

        @Test
        void that_waits_for_a_person_and_tells_it_that_persons_word() {
            site.on(
                            "GET /api/v1/runs/" + RUN,
                            200,
                            waiting(approval("1.await-approval", "APPROVED"), approval("2.await-approval", "WAITING")))
                    .on("POST /api/v1/runs/" + RUN + "/approvals/2.await-approval", 202, run("RUNNING", false, ""));

            assertThat(site.run("run", "approve", RUN, "-m", "db looks good").exitCode())
                    .isZero();
            assertThat(site.run("run", "reject", RUN, "2.await-approval").exitCode())
                    .isZero();

            assertThat(site.asked().stream().map(FakeSite.Asked::body).filter(body -> !body.isEmpty()))
                    .containsExactly(
                            "{\"decision\":\"APPROVE\",\"comment\":\"db looks good\"}", "{\"decision\":\"REJECT\"}");
            assertThat(site.run("run", "show", RUN).out())
                    .contains("waits for approval of 'go live' (step 2.await-approval)", "look at the database");
        }

        @Test
        void without_approving_what_nobody_named_of_several() {
            site.on(
                    "GET /api/v1/runs/" + RUN,
                    200,
                    waiting(approval("1.await-approval", "WAITING"), approval("2.await-approval", "WAITING")));

            FakeSite.Result result = site.run("run", "approve", RUN);

            assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE.number());
            assertThat(result.err()).contains("1.await-approval, 2.await-approval");
            assertThat(site.asked()).noneMatch(asked -> asked.method().equals("POST"));
        }

        @Test
        void that_failed_with_its_reason_and_exit_code_1() {
            String failed = run("FAILED", false, step("FAILED"))
                    .replaceFirst("}$", ",\"error\":{\"code\":\"CHECKPOINT_EXPIRED\",\"message\":\"it is gone\"}}");
            site.on("GET /api/v1/runs/" + RUN, 200, failed);

            Result result = site.run("run", "watch", RUN);

            assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED.number());
            assertThat(result.out()).contains("CHECKPOINT_EXPIRED: it is gone");
        }

        @Test
        void that_is_planned_with_its_fences_and_its_blackout() {
            String sources = """
                    ,"blackout":"PT42S","groups":[{"ownership":"TAKEN","sources":[
                      {"name":"db","shutDown":"DOWN","fence":"CONFIRMED","fenceSince":"2026-03-01T10:15:00.5Z"},
                      {"name":"app","shutDown":"LEFT_TO_FENCE","fence":"FAILED","fenceCode":"QMP_GONE","fenceMessage":"nobody answers",
                       "toDo":"start it again"}]}]}""";
            String ready = run("READY", true, step("SUCCEEDED"));
            site.on("POST /api/v1/plans/" + PLAN + "/runs", 202, run("PENDING", false, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, ready.substring(0, ready.lastIndexOf('}')) + sources);

            Result result =
                    site.run("run", "start", PLAN, "--mode", "PLANNED", "--shutdown-grace", "90s", "--skip-shutdown");

            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(site.asked().getFirst().body())
                    .contains("\"mode\":\"PLANNED\"", "\"shutdown\":{\"skip\":true,\"grace\":\"PT1M30S\"}");
            assertThat(result.out())
                    .contains("blackout 42.0s")
                    .containsPattern("db +TAKEN +DOWN +CONFIRMED +2026-03-01T10:15:00Z")
                    .containsPattern("app +TAKEN +LEFT_TO_FENCE +FAILED .*QMP_GONE: nobody answers +start it again");
        }

        @Test
        void until_it_is_released_and_gives_its_group_back() {
            site.on("POST /api/v1/runs/" + RUN + "/release", 202, run("RELEASING", true, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("RELEASING", true, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("RELEASED", true, ""))
                    .on("POST /api/v1/protection-groups/" + GROUP + "/failover/return", 200, "{\"state\":\"RESYNC\"}");

            Result released = site.run("run", "release", RUN);
            Result returned = site.run("group", "return", GROUP);

            assertThat(released.exitCode()).as(released.err()).isZero();
            assertThat(released.out()).contains("RELEASED");
            assertThat(returned.exitCode()).as(returned.err()).isZero();
        }

        @Test
        void that_could_not_be_released_and_says_so_by_its_exit_code() {
            String left = run("SUCCEEDED", true, "");
            site.on("POST /api/v1/runs/" + RUN + "/release", 202, run("RELEASING", true, ""))
                    .on(
                            "GET /api/v1/runs/" + RUN,
                            200,
                            left.substring(0, left.lastIndexOf('}'))
                                    + ",\"error\":{\"code\":\"RELEASE_INCOMPLETE\",\"message\":\"a host is away\"}}");

            assertThat(site.run("run", "release", RUN).exitCode()).isEqualTo(ExitCode.FAILED.number());
        }

        @Test
        void again_without_waiting_for_vms_that_do_not_shut_down() {
            site.on("POST /api/v1/runs/" + RUN + "/retry", 202, run("RUNNING", false, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("READY", true, step("SUCCEEDED")));

            assertThat(site.run("run", "retry", RUN, "--skip-shutdown").exitCode())
                    .isZero();
            assertThat(site.asked().getFirst().path()).endsWith("/retry?skipShutdown=true");
        }

        @Test
        void that_waits_for_a_decision_and_says_so_by_its_exit_code() {
            site.on("POST /api/v1/runs/" + RUN + "/commit", 202, run("COMMITTING", true, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("COMMITTING", true, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("HALTED", true, step("FAILED")));

            Result result = site.run("run", "commit", RUN);

            assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED.number());
            assertThat(result.out()).contains("HALTED");
        }

        @Test
        void no_longer_than_it_was_told_to() {
            site.on("GET /api/v1/runs/" + RUN, 200, run("RUNNING", false, ""));

            Result result = site.run("run", "watch", RUN, "--wait-limit", "0s");

            assertThat(result.exitCode()).isEqualTo(ExitCode.NOT_IN_TIME.number());
        }

        @Test
        void to_its_end_when_it_is_finished() {
            site.on("POST /api/v1/runs/" + RUN + "/finish", 202, run("CLEANING_UP", true, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("CLEANING_UP", true, ""))
                    .on("GET /api/v1/runs/" + RUN, 200, run("SUCCEEDED", true, ""));

            assertThat(site.run("run", "finish", RUN).exitCode()).isZero();
        }
    }
}
