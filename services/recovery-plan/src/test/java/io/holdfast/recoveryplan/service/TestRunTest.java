package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.awaitState;
import static io.holdfast.recoveryplan.support.Api.order;
import static io.holdfast.recoveryplan.support.Api.orderTest;
import static io.holdfast.recoveryplan.support.Api.post;
import static io.holdfast.recoveryplan.support.Api.report;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.holdfast.kernel.id.PgId;
import io.holdfast.nbd.client.NbdClient;
import io.holdfast.proto.v1.RecoveryEvent;
import io.holdfast.recoveryplan.support.Api;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@QuarkusTest
@ServiceUnderTest
@DisplayName("A TEST run")
class TestRunTest {
    @ConfigProperty(name = "holdfast.kafka.topic-prefix")
    String topicPrefix;

    @Test
    void opensSessionsInOrderBecomesReadyAndIsCleanedUpWhenFinished() throws Exception {
        PgId database = JournalStoreControl.group("");
        PgId application = JournalStoreControl.group("");
        String id = orderTest(database, application);

        JsonPath ready = awaitState(id, "READY", "FAILED");

        assertThat(ready.getString("state")).as(ready.prettify()).isEqualTo("READY");
        assertThat(ready.getBoolean("recovered")).isTrue();
        assertThat(ready.getString("orderedBy")).isEqualTo("olga");
        assertThat(ready.getList("sessions.pgId", String.class))
                .containsExactly(database.toString(), application.toString());
        readOverNbd(
                ready.getString("sessions[0].exports[0].nbdAddress"),
                ready.getString("sessions[0].exports[0].nbdExport"));
        assertThat(report(id).getBoolean("complete")).isFalse();
        assertThat(report(id).getString("verdict")).isEqualTo("RECOVERED");

        post("/api/v1/runs/" + id + "/finish").then().statusCode(202);
        JsonPath ended = awaitState(id, "SUCCEEDED", "FAILED");

        assertThat(ended.getString("state")).as(ended.prettify()).isEqualTo("SUCCEEDED");
        assertThat(ended.getList("sessions")).isEmpty();
        assertThat(JournalStoreControl.openSessions(database)).isEmpty();
        assertThat(JournalStoreControl.openSessions(application)).isEmpty();
        reportTellsTheWholeStory(report(id), database);
        assertThat(eventStates(id)).containsExactly("PENDING", "RUNNING", "READY", "CLEANING_UP", "SUCCEEDED");
    }

    private static void readOverNbd(String address, String export) throws Exception {
        String[] parts = address.split(":");
        try (NbdClient client = NbdClient.open(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])), export)) {
            client.read(0, ByteBuffer.allocate(4096));
        }
    }

    private static void reportTellsTheWholeStory(JsonPath report, PgId database) {
        assertThat(report.getBoolean("complete")).isTrue();
        assertThat(report.getString("verdict")).isEqualTo("RECOVERED");
        assertThat(report.getString("endedBy")).isEqualTo("olga");
        assertThat(report.getLong("planRevision")).isEqualTo(1);
        assertThat(Duration.parse(report.getString("rpo"))).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(60));
        assertThat(Duration.parse(report.getString("rto"))).isBetween(Duration.ofMillis(1), Duration.ofSeconds(20));
        assertThat(report.getString("groups[0].members[0].pgId")).isEqualTo(database.toString());
        assertThat(report.getString("groups[0].members[0].checkpointKind")).isEqualTo("CRASH");
        assertThat(report.getLong("groups[0].members[0].lsn")).isEqualTo(300);
        assertThat(report.getString("groups[0].members[0].cutAt")).endsWith("Z");
        assertThat(report.getString("cleanup.result")).isEqualTo("COMPLETE");
        assertThat(report.getInt("cleanup.sessionsClosed")).isEqualTo(2);
        assertThat(report.getList("steps.state", String.class)).containsOnly("SUCCEEDED");
        assertThat(report.getList("steps.kind", String.class))
                .containsExactly(
                        "CHOOSE_POINT",
                        "CHOOSE_POINT",
                        "OPEN_SESSION",
                        "WAIT_READY",
                        "OPEN_SESSION",
                        "WAIT_READY",
                        "CLOSE_SESSION",
                        "CLOSE_SESSION");
    }

    private List<String> eventStates(String run) {
        List<String> states = new ArrayList<>();
        Eventually.until("the last event of run " + run + " is in Kafka", Duration.ofSeconds(60), () -> {
            states.clear();
            for (var record : KafkaFixture.shared().readAll(topicPrefix + "recovery-events")) {
                RecoveryEvent event = RecoveryEvent.parseFrom(record.value());
                if (event.getRunId().equals(run)) {
                    states.add(event.getState());
                    assertThat(event.getRecovered()).isEqualTo(event.getState().equals("SUCCEEDED"));
                }
            }
            assertThat(states).contains("SUCCEEDED");
        });
        return states;
    }

    @Test
    void takesAnOlderPointByTimeOrById() {
        PgId byTime = JournalStoreControl.group("");
        PgId byId = JournalStoreControl.group("");
        String plan = Api.createPlan(Api.chain(byTime, byId));
        String newest = order(plan, "{\"mode\": \"TEST\"}");
        awaitState(newest, "READY");
        JsonPath first = report(newest);
        String cutAt = first.getString("groups[0].members[0].cutAt");
        String checkpoint = first.getString("groups[1].members[0].checkpointId");
        String justBefore = java.time.Instant.parse(cutAt).minusNanos(1000).toString();

        String older = order(plan, """
                {"mode": "TEST", "points": {"%s": {"time": "%s"}, "%s": {"checkpointId": "%s"}}}""".formatted(byTime, justBefore, byId, checkpoint));
        awaitState(older, "READY");

        assertThat(report(older).getLong("groups[0].members[0].lsn")).isEqualTo(200);
        assertThat(report(older).getString("groups[0].members[0].checkpointKind"))
                .isEqualTo("USER");
        assertThat(report(older).getString("groups[1].members[0].checkpointId")).isEqualTo(checkpoint);
        String exact =
                order(plan, "{\"mode\": \"TEST\", \"points\": {\"%s\": {\"time\": \"%s\"}}}".formatted(byTime, cutAt));
        awaitState(exact, "READY");
        assertThat(report(exact).getLong("groups[0].members[0].lsn")).isEqualTo(300);
        for (String run : List.of(newest, older, exact)) {
            post("/api/v1/runs/" + run + "/cancel").then().statusCode(202);
            awaitState(run, "CANCELLED");
        }
        assertThat(JournalStoreControl.openSessions(byTime)).isEmpty();
    }

    @Test
    void thatIsCancelledWhileAGroupIsNotReadyClosesWhatItOpened() {
        PgId fine = JournalStoreControl.group("");
        PgId neverReady = JournalStoreControl.group("probe=refuse");
        String id = orderTest(fine, neverReady);
        Eventually.await(
                "the second group is being probed",
                Duration.ofSeconds(20),
                () -> !JournalStoreControl.openSessions(neverReady).isEmpty());

        post("/api/v1/runs/" + id + "/cancel").then().statusCode(202);
        JsonPath ended = awaitState(id, "CANCELLED", "FAILED");

        assertThat(ended.getString("state")).as(ended.prettify()).isEqualTo("CANCELLED");
        assertThat(JournalStoreControl.openSessions(fine)).isEmpty();
        assertThat(JournalStoreControl.openSessions(neverReady)).isEmpty();
        assertThat(report(id).getString("verdict")).isEqualTo("NOT_RECOVERED");
        post("/api/v1/runs/" + id + "/finish").then().statusCode(409).body("code", equalTo("RUN_ENDED"));
    }

    @Test
    void thatTheJournalRefusesFailsWithItsCodeAndUndoesTheRest() {
        PgId fine = JournalStoreControl.group("");
        PgId expired = JournalStoreControl.group("open=expired");

        String id = orderTest(fine, expired);
        JsonPath ended = awaitState(id, "FAILED", "READY");

        assertThat(ended.getString("error.code")).as(ended.prettify()).isEqualTo("CHECKPOINT_EXPIRED");
        assertThat(ended.getString("error.message")).contains("the tail has passed the checkpoint");
        assertThat(JournalStoreControl.everOpened(fine)).hasSize(1);
        assertThat(JournalStoreControl.openSessions(fine)).isEmpty();
        assertThat(report(id).getString("cleanup.result")).isEqualTo("COMPLETE");
    }

    @Test
    void thatNeverHearsWhetherASessionWasOpenedFindsOutAndClosesIt() {
        PgId silent = JournalStoreControl.group("open=lose");
        String id = orderTest(silent);
        Eventually.await("the opening step has failed", Duration.ofSeconds(30), () -> Api.run(id)
                .getString("state")
                .equals("CLEANING_UP"));
        assertThat(JournalStoreControl.openSessions(silent)).hasSize(1);

        JournalStoreControl.behave(silent, "open=ok");
        JsonPath ended = awaitState(id, "FAILED");

        assertThat(ended.getString("error.code")).as(ended.prettify()).isEqualTo("DEPENDENCY_UNAVAILABLE");
        assertThat(JournalStoreControl.everOpened(silent)).hasSize(1);
        assertThat(JournalStoreControl.openSessions(silent)).isEmpty();
    }

    @Test
    void keepsClosingUntilTheJournalStoreAnswers() {
        PgId stubborn = JournalStoreControl.group("close=gateway");
        String id = orderTest(stubborn);
        awaitState(id, "READY");
        post("/api/v1/runs/" + id + "/finish").then().statusCode(202);
        Eventually.await(
                "closing was tried more than once",
                Duration.ofSeconds(20),
                () -> Api.run(id).getInt("steps.find { it.kind == 'CLOSE_SESSION' }.attempts") > 2);
        assertThat(Api.run(id).getString("state")).isEqualTo("CLEANING_UP");

        JournalStoreControl.behave(stubborn, "close=ok");

        awaitState(id, "SUCCEEDED");
        assertThat(JournalStoreControl.openSessions(stubborn)).isEmpty();
    }

    @Test
    void ofAGroupWithoutJournalFailsWithoutOpeningAnything() {
        String id = orderTest(PgId.random());

        JsonPath ended = awaitState(id, "FAILED");

        assertThat(ended.getString("error.code")).isEqualTo("JOURNAL_NOT_FOUND");
        assertThat(ended.getList("steps.findAll { it.kind == 'OPEN_SESSION' }.state", String.class))
                .containsOnly("SKIPPED");
    }

    @Test
    void keepsThePlanAsItWasWhenItWasOrdered() {
        PgId pg = JournalStoreControl.group("");
        String plan = Api.createPlan(Api.chain(pg));
        String run = order(plan, "{\"mode\": \"TEST\"}");
        Api.operator()
                .header("If-Match", "\"1\"")
                .body(Api.chain(pg, PgId.random()))
                .put("/api/v1/plans/" + plan)
                .then()
                .statusCode(200)
                .body("revision", equalTo(2));
        awaitState(run, "READY");

        assertThat(Api.run(run).getLong("planRevision")).isEqualTo(1);
        assertThat(report(run).getList("groups")).hasSize(1);
        Api.operator()
                .header("If-Match", "\"2\"")
                .delete("/api/v1/plans/" + plan)
                .then()
                .statusCode(409)
                .body("code", equalTo("PLAN_IN_USE"));
        post("/api/v1/runs/" + run + "/finish").then().statusCode(202);
        awaitState(run, "SUCCEEDED");
    }

    @Test
    void ofAModeThatIsNotOneOrderAtOneSiteIsRefusedWithWhatIsGivenInstead() {
        String plan = Api.createPlan(Api.chain(PgId.random()));

        Api.operator()
                .body("{\"mode\": \"FAILBACK\"}")
                .post("/api/v1/plans/" + plan + "/runs")
                .then()
                .statusCode(400)
                .body("code", equalTo("MODE_NOT_SUPPORTED"))
                .body("detail", containsString("holdfast failback"));
    }

    @Test
    void isOrderedOncePerIdempotencyKey() {
        PgId pg = JournalStoreControl.group("");
        String plan = Api.createPlan(Api.chain(pg));
        String key = "key-" + PgId.random();
        List<String> ids = new ArrayList<>();
        for (int attempt = 0; attempt < 2; attempt++) {
            ids.add(Api.operator()
                    .header("Idempotency-Key", key)
                    .body("{\"mode\": \"TEST\"}")
                    .post("/api/v1/plans/" + plan + "/runs")
                    .then()
                    .statusCode(202)
                    .extract()
                    .path("id"));
        }

        assertThat(ids.get(0)).isEqualTo(ids.get(1));
        Api.operator()
                .header("Idempotency-Key", key)
                .body("{\"mode\": \"TEST\", \"expiresAfter\": \"PT1H\"}")
                .post("/api/v1/plans/" + plan + "/runs")
                .then()
                .statusCode(409)
                .body("code", equalTo("IDEMPOTENCY_KEY_REUSED"));
        awaitState(ids.getFirst(), "READY");
        post("/api/v1/runs/" + ids.getFirst() + "/finish").then().statusCode(202);
        awaitState(ids.getFirst(), "SUCCEEDED");
    }
}
