package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.report;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.holdfast.kernel.id.PgId;
import io.holdfast.proto.v1.Member;
import io.holdfast.proto.v1.ProtectionEvent;
import io.holdfast.proto.v1.RecoveryEvent;
import io.holdfast.proto.v1.ScreenMoment;
import io.holdfast.proto.v1.StartMachine;
import io.holdfast.recoveryplan.support.Api;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.recoveryplan.support.StandInAgent;
import io.holdfast.recoveryplan.support.StandInAgent.Behaviour;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Orders and reports go through real Kafka; a {@link StandInAgent} is at the other end. */
@QuarkusTest
@ServiceUnderTest
@DisplayName("A run that starts machines")
class MachineRunTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    @ConfigProperty(name = "holdfast.kafka.topic-prefix")
    String topicPrefix;

    @Test
    void thatIsATestStartsThemIsolatedAndLeavesNothing() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup("");
            String run = order(as("operator"), plan(pg, agent), "{\"mode\": \"TEST\", \"expiresAfter\": \"PT2H\"}");

            JsonPath ready = awaitState(run, "READY", "FAILED");

            assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
            StartMachine order = agent.started.getFirst();
            assertThat(order.getVmId()).isEqualTo(JournalStoreControl.vmOf(pg));
            assertThat(order.getRunId()).isEqualTo(run);
            assertThat(order.getSpec().getMemoryBytes()).isEqualTo(256L << 20);
            assertThat(order.getVolumesList()).singleElement().satisfies(volume -> assertThat(volume.getNbdUri())
                    .matches("nbd://127\\.0\\.0\\.1:\\d+/session/.*"));
            assertThat(order.getLinksList()).singleElement().satisfies(link -> assertThat(link.getIsolatedNetwork())
                    .isEqualTo("bubble"));
            assertThat(order.getProbesList())
                    .singleElement()
                    .satisfies(probe -> assertThat(probe.getTcp().getPort()).isEqualTo(5432));
            assertThat(Instant.EPOCH.plusNanos(0).plusMillis(order.getExpiresAtMicros() / 1000))
                    .as("after the run's expiry")
                    .isBetween(
                            Instant.now().plus(Duration.ofMinutes(170)),
                            Instant.now().plus(Duration.ofMinutes(181)));
            assertThat(ready.getString("groups[0].machines[0].host")).isEqualTo("stand-in");
            assertThat(ready.getBoolean("groups[0].machines[0].running")).isTrue();

            Api.post("/api/v1/runs/" + run + "/finish").then().statusCode(202);
            JsonPath ended = awaitState(run, "SUCCEEDED", "FAILED");

            assertThat(ended.getString("state")).as(ended.prettify()).isEqualTo("SUCCEEDED");
            assertThat(agent.machines()).isEmpty();
            assertThat(agent.started).hasSize(1);
            assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
            assertThat(report(run).getString("groups[0].members[0].machines[0].consoleTail"))
                    .isEqualTo("login:");
            assertThat(report(run).getBoolean("groups[0].members[0].machines[0].running"))
                    .isFalse();
        }
    }

    @Test
    void isWhatThePlansDriftIsCountedFrom() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup("");
            String plan = plan(pg, agent);
            JsonPath before = drift(plan);
            assertThat(before.getString("test")).isNull();
            assertThat(before.getString("machines[0].kind")).isEqualTo("ADDED");
            assertThat(before.<String, Object>getMap("machines[0].cards[0]"))
                    .containsExactlyInAnyOrderEntriesOf(
                            Map.of("name", "eth0", "source", "office", "test", "isolated bubble", "live", "lan"));
            String run = order(as("operator"), plan, "{\"mode\": \"TEST\"}");
            awaitState(run, "READY", "FAILED");
            Api.post("/api/v1/runs/" + run + "/finish").then().statusCode(202);
            assertThat(awaitState(run, "SUCCEEDED", "FAILED").getString("state"))
                    .isEqualTo("SUCCEEDED");

            JsonPath tested = drift(plan);
            assertThat(tested.getString("test.runId")).isEqualTo(run);
            assertThat(tested.getBoolean("drifted")).as(tested.prettify()).isFalse();
            assertThat(findings(plan)).doesNotContain("CHANGED_SINCE_TEST");

            JournalStoreControl.behave(pg, "machine=grown");

            JsonPath grown = drift(plan);
            assertThat(grown.getBoolean("drifted")).isTrue();
            assertThat(grown.<String, Object>getMap("machines[0].changes[0]"))
                    .isEqualTo(Map.of("what", "cpuCount", "before", "1", "now", "8"));
            assertThat(findings(plan)).contains("CHANGED_SINCE_TEST");
        }
    }

    private static JsonPath drift(String plan) {
        return as("viewer").get("/api/v1/plans/" + plan + "/drift").jsonPath();
    }

    private static List<String> findings(String plan) {
        return as("viewer")
                .get("/api/v1/plans/" + plan + "/preflight")
                .jsonPath()
                .getList("findings.code");
    }

    @Test
    void leavesItsMarkOnTheCheckpointByWhichThatCanBeChosen() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup("");
            String plan = plan(pg, agent);
            String sound = "{\"mode\": \"TEST\", \"points\": {\"%s\": {\"latestVerified\": true}}}".formatted(pg);
            String tooSoon = order(as("operator"), plan, sound);
            assertThat(awaitState(tooSoon, "FAILED", "READY").getString("error.code"))
                    .isEqualTo("CHECKPOINT_NOT_FOUND");

            String first = order(
                    as("operator"),
                    plan,
                    "{\"mode\": \"TEST\", \"points\": {\"%s\": {\"time\": \"%s\"}}}"
                            .formatted(pg, JournalStoreControl.beforeTheNewest(pg)));
            awaitState(first, "READY", "FAILED");
            Api.post("/api/v1/runs/" + first + "/finish").then().statusCode(202);
            JsonPath rehearsed = awaitState(first, "SUCCEEDED", "FAILED");
            assertThat(rehearsed.getString("steps.find { it.kind == 'MARK_CHECKPOINT' }.detail"))
                    .as(rehearsed.prettify())
                    .isEqualTo("the checkpoint is VERIFIED");

            JsonPath again = awaitState(order(as("operator"), plan, sound), "READY", "FAILED");
            String chosen = "steps.find { it.kind == 'CHOOSE_POINT' }.detail";
            assertThat(again.getString(chosen)).as(again.prettify()).isEqualTo(rehearsed.getString(chosen));
        }
    }

    @Test
    void failsWithTheMachinesOwnCodeWordsAndConsole() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.FAILS)) {
            PgId pg = protectedGroup("");
            String run = order(as("operator"), plan(pg, agent), "{\"mode\": \"TEST\"}");

            JsonPath ended = awaitState(run, "FAILED", "READY");

            assertThat(ended.getString("error.code")).as(ended.prettify()).isEqualTo("MACHINE_ENDED");
            assertThat(ended.getString("error.message")).contains("the guest ended by itself");
            assertThat(report(run).getString("steps.find { it.kind == 'START_MACHINE' }.evidence"))
                    .startsWith("Kernel panic - not syncing");
            assertThat(report(run).getString("steps.find { it.kind == 'MARK_CHECKPOINT' }.detail"))
                    .isEqualTo("the checkpoint is SUSPECT");
            assertThat(agent.machines()).isEmpty();
            assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
        }
    }

    @Test
    void failsWhenTheAgentRefusesOrTheCheckpointDoesNotKnowTheMachine() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.REFUSES)) {
            PgId refused = protectedGroup("");
            PgId unknown = protectedGroup("machine=unknown");
            String first = order(as("operator"), plan(refused, agent), "{\"mode\": \"TEST\"}");
            String second = order(as("operator"), plan(unknown, agent), "{\"mode\": \"TEST\"}");

            assertThat(awaitState(first, "FAILED", "READY").getString("error.code"))
                    .isEqualTo("NOT_ENOUGH_MEMORY");
            assertThat(awaitState(second, "FAILED", "READY").getString("error.code"))
                    .isEqualTo("MACHINE_SPEC_UNKNOWN");
        }
    }

    @Test
    void thatIsAFailoverTakesItsGroupsCommitsAndLetsTheMachinesRun() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup("");
            String plan = plan(pg, agent);
            String body = "{\"mode\": \"UNPLANNED\", \"points\": {\"%s\": {\"time\": \"%s\"}}}"
                    .formatted(pg, JournalStoreControl.beforeTheNewest(pg));
            Api.operator()
                    .body(body)
                    .post("/api/v1/plans/" + plan + "/runs")
                    .then()
                    .statusCode(403);
            String run = order(as("recovery"), plan, body);
            JsonPath ready = awaitState(run, "READY", "FAILED", "HALTED");
            assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
            assertThat(ready.getString("expiresAt")).isNull();
            assertThat(Duration.parse(ready.getString("groups[0].loss.time"))).isEqualTo(Duration.ofSeconds(27));
            assertThat(ready.getLong("groups[0].loss.changes")).isEqualTo(133);
            assertThat(agent.started.getFirst().getLinks(0).getHostNetwork()).isEqualTo("lan");
            assertThat(agent.started.getFirst().getExpiresAtMicros()).isZero();
            assertThat(JournalStoreControl.state(pg)).isEqualTo("FAILING_OVER");
            Api.post("/api/v1/runs/" + run + "/commit").then().statusCode(403);
            as("recovery")
                    .post("/api/v1/runs/" + run + "/finish")
                    .then()
                    .statusCode(409)
                    .body("code", equalTo("COMMAND_NOT_OF_MODE"));

            as("recovery").post("/api/v1/runs/" + run + "/commit").then().statusCode(202);
            JsonPath ended = awaitState(run, "SUCCEEDED", "HALTED", "FAILED");

            assertThat(ended.getString("state")).as(ended.prettify()).isEqualTo("SUCCEEDED");
            assertThat(ended.getBoolean("committed")).isTrue();
            assertThat(JournalStoreControl.state(pg)).isEqualTo("FAILED_OVER");
            assertThat(agent.machines()).hasSize(1);
            assertThat(JournalStoreControl.openSessions(pg)).hasSize(1);
            assertThat(report(run).getString("cleanup.result")).isEqualTo("NOT_NEEDED");
            assertThat(report(run).getBoolean("committed")).isTrue();
            as("recovery")
                    .post("/api/v1/runs/" + run + "/rollback")
                    .then()
                    .statusCode(409)
                    .body("code", equalTo("RUN_ENDED"));
            assertThat(events(run, "SUCCEEDED"))
                    .containsExactly("PENDING", "RUNNING", "READY", "COMMITTING", "SUCCEEDED");
        }
    }

    @Test
    void thatIsAFailoverStandsStillAtAFailureAndGoesOnWithANewMachineWhenRetried() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.FAILS)) {
            PgId pg = protectedGroup("commit=busy");
            String run = order(as("recovery"), plan(pg, agent), "{\"mode\": \"UNPLANNED\"}");
            JsonPath halted = awaitState(run, "HALTED", "FAILED", "READY");
            assertThat(halted.getString("state")).as(halted.prettify()).isEqualTo("HALTED");
            assertThat(halted.getString("error.code")).isEqualTo("MACHINE_ENDED");
            assertThat(JournalStoreControl.openSessions(pg)).hasSize(1);

            agent.behave(Behaviour.RUNS);
            as("recovery").post("/api/v1/runs/" + run + "/retry").then().statusCode(202);
            awaitState(run, "READY", "FAILED");
            assertThat(agent.started).hasSize(2);
            assertThat(agent.machines())
                    .as("the machine of the first round was stopped")
                    .hasSize(1);

            as("recovery").post("/api/v1/runs/" + run + "/commit").then().statusCode(202);
            assertThat(awaitState(run, "HALTED", "SUCCEEDED").getString("error.code"))
                    .isEqualTo("HISTORY_IN_USE");
            as("recovery").post("/api/v1/runs/" + run + "/rollback").then().statusCode(202);
            JsonPath ended = awaitState(run, "ROLLED_BACK", "FAILED");

            assertThat(ended.getString("state")).as(ended.prettify()).isEqualTo("ROLLED_BACK");
            assertThat(agent.machines()).isEmpty();
            assertThat(JournalStoreControl.openSessions(pg)).isEmpty();
            assertThat(JournalStoreControl.state(pg))
                    .as("given back, although this run had made its failover final")
                    .isEqualTo("RESYNC");
        }
    }

    @Test
    void showsTheDisplaysOfItsMachinesInTheReportAndOnThePage() throws Exception {
        try (StandInAgent agent = new StandInAgent(topicPrefix, Behaviour.RUNS);
                StandInAgent other = new StandInAgent(topicPrefix, Behaviour.RUNS)) {
            PgId pg = protectedGroup("");
            String run = order(as("operator"), plan(pg, agent), "{\"mode\": \"TEST\"}");
            awaitState(run, "READY", "FAILED");
            String machine = agent.started.getFirst().getMachineId();
            // Neither another agent's word, nor what is no picture, takes the place of the evidence.
            other.show(machine, run, ScreenMoment.SCREEN_ENDED, StandInAgent.DISPLAY);
            agent.show(machine, run, ScreenMoment.SCREEN_ENDED, "<script>alert(1)</script>".getBytes(UTF_8));
            Api.post("/api/v1/runs/" + run + "/finish").then().statusCode(202);
            awaitState(run, "SUCCEEDED", "FAILED");

            String at = "groups[0].members[0].machines[0].screen.";
            JsonPath report = report(run);
            assertThat(report.getString(at + "moment")).isEqualTo("READY");
            assertThat(report.getString(at + "sha256")).isEqualTo(sha256(StandInAgent.DISPLAY));
            byte[] picture = as("viewer")
                    .get(report.getString(at + "href"))
                    .then()
                    .statusCode(200)
                    .contentType("image/png")
                    .header("X-Content-Type-Options", "nosniff")
                    .extract()
                    .asByteArray();
            assertThat(picture).isEqualTo(StandInAgent.DISPLAY);
            as("viewer")
                    .get("/api/v1/runs/" + UUID.randomUUID() + "/machines/" + machine + "/screen")
                    .then()
                    .statusCode(404)
                    .body("code", equalTo("SCREEN_NOT_FOUND"));

            byte[] json = as("viewer").get("/api/v1/runs/" + run + "/report").asByteArray();
            String page = as("viewer")
                    .get("/api/v1/runs/" + run + "/report.html")
                    .then()
                    .statusCode(200)
                    .contentType("text/html")
                    .header("Content-Security-Policy", containsString("default-src 'none'"))
                    .extract()
                    .asString();
            assertThat(page)
                    .contains("data:image/png;base64," + Base64.getEncoder().encodeToString(StandInAgent.DISPLAY))
                    .contains("Recovered: every group was recovered", "olga", "login:", "MARK_CHECKPOINT")
                    .contains(sha256(json));
        }
    }

    private static String sha256(byte[] data) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
    }

    @Test
    void isRefusedWhileNobodyKnowsTheVms() {
        PgId pg = JournalStoreControl.group("");
        String plan = Api.createPlan(body(pg, UUID.randomUUID().toString()));

        Api.operator()
                .body("{\"mode\": \"TEST\"}")
                .post("/api/v1/plans/" + plan + "/runs")
                .then()
                .statusCode(409)
                .body("code", equalTo("MACHINES_UNKNOWN"));
    }

    private PgId protectedGroup(String behaviour) {
        return protectedGroup(topicPrefix, behaviour);
    }

    /** A group whose event is on its way, with one VM. */
    static PgId protectedGroup(String topicPrefix, String behaviour) {
        PgId pg = JournalStoreControl.group(behaviour);
        KafkaFixture.shared()
                .write(
                        topicPrefix + "protection-events",
                        0,
                        pg.toString(),
                        ProtectionEvent.newBuilder()
                                .setPgId(pg.toString())
                                .setRevision(1)
                                .setName("group")
                                .setLifecycle("PROTECTED")
                                .addMembers(Member.newBuilder()
                                        .setVmId(JournalStoreControl.vmOf(pg))
                                        .setVmName("vm"))
                                .build()
                                .toByteArray());
        return pg;
    }

    private static String plan(PgId pg, StandInAgent agent) {
        return Api.createPlan(body(pg, agent.host.toString()));
    }

    private static String body(PgId pg, String host) {
        return """
                {"name": "plan %s", "groups": [{"name": "g", "pgIds": ["%s"], "powerOn": true,
                  "readiness": {"type": "MACHINES", "timeout": "PT60S", "probes": [{"type": "TCP", "address": "10.0.0.5", "port": 5432}]},
                  "machines": {"hosts": ["%s"], "networks": {"test": {"office": {"isolated": "bubble"}}, "live": {"office": {"host": "lan"}}}}}]}
                """.formatted(UUID.randomUUID(), pg, host);
    }

    /** Orders again until the VMs of the group are known: its event is on its way. */
    static String order(io.restassured.specification.RequestSpecification caller, String plan, String body) {
        String[] run = new String[1];
        Eventually.await("the run can be ordered", LONG, () -> {
            var response = caller.body(body).post("/api/v1/plans/" + plan + "/runs");
            assertThat(response.statusCode()).as(response.asString()).isIn(202, 409);
            run[0] = response.statusCode() == 202 ? response.path("id") : null;
            return run[0] != null;
        });
        return run[0];
    }

    private List<String> events(String run, String last) {
        List<String> states = new ArrayList<>();
        Eventually.until("the last event is in Kafka", LONG, () -> {
            states.clear();
            for (var record : KafkaFixture.shared().readAll(topicPrefix + "recovery-events")) {
                RecoveryEvent event = RecoveryEvent.parseFrom(record.value());
                if (event.getRunId().equals(run)) {
                    states.add(event.getState());
                }
            }
            assertThat(states).contains(last);
        });
        return states;
    }
}
