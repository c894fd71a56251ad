package io.holdfast.recoveryplan.service;

import static io.holdfast.recoveryplan.support.Api.as;
import static io.holdfast.recoveryplan.support.Api.chain;
import static io.holdfast.recoveryplan.support.Api.createPlan;
import static io.holdfast.recoveryplan.support.Api.operator;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.holdfast.kernel.id.PgId;
import io.holdfast.platform.kafka.HoldfastKafka;
import io.holdfast.platform.kafka.Topic;
import io.holdfast.proto.v1.ProtectionEvent;
import io.holdfast.recoveryplan.support.Api;
import io.holdfast.recoveryplan.support.JournalStoreControl;
import io.holdfast.recoveryplan.support.ServiceUnderTest;
import io.holdfast.testkit.Eventually;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@ServiceUnderTest
@DisplayName("The interface for plans")
class PlansTest {
    private static final String NOBODY = "6f1c2f0e-8a35-4c55-9a0f-2b8a4f6d9e10";

    @Inject
    HoldfastKafka kafka;

    @Test
    void keepsAndChangesAPlanByItsRevision() {
        PgId pg = PgId.random();
        String id = createPlan(chain(pg));
        as("viewer")
                .get("/api/v1/plans/" + id)
                .then()
                .statusCode(200)
                .header("ETag", "\"1\"")
                .body("groups[0].pgIds[0]", equalTo(pg.toString()))
                .body("groups[0].bootDelay", equalTo("PT0S"))
                .body("groups[0].readiness.timeout", equalTo("PT20S"))
                .body("changedBy", equalTo("olga"));

        operator()
                .body(chain(pg))
                .put("/api/v1/plans/" + id)
                .then()
                .statusCode(400)
                .body("violations[0].field", equalTo("If-Match"));
        operator()
                .header("If-Match", "\"1\"")
                .body(chain(pg))
                .put("/api/v1/plans/" + id)
                .then()
                .statusCode(200)
                .header("ETag", "\"2\"");
        operator()
                .header("If-Match", "\"1\"")
                .body(chain(pg))
                .put("/api/v1/plans/" + id)
                .then()
                .statusCode(409)
                .body("code", equalTo("CONCURRENT_MODIFICATION"));
        operator()
                .header("If-Match", "\"2\"")
                .delete("/api/v1/plans/" + id)
                .then()
                .statusCode(204);
        as("viewer").get("/api/v1/plans/" + id).then().statusCode(404).body("code", equalTo("PLAN_NOT_FOUND"));
    }

    @Test
    void givesANameToOnePlanOnlyAndFreesItWithADeletion() {
        String body = chain(PgId.random());
        String id = createPlan(body);

        operator().body(body).post("/api/v1/plans").then().statusCode(409).body("code", equalTo("PLAN_NAME_TAKEN"));
        operator()
                .header("If-Match", "\"1\"")
                .delete("/api/v1/plans/" + id)
                .then()
                .statusCode(204);
        createPlan(body);
    }

    @Test
    void namesTheGroupsOfACircle() {
        String body = """
                {"name": "circle", "groups": [
                  {"name": "a", "pgIds": ["%s"], "dependsOn": ["b"]},
                  {"name": "b", "pgIds": ["%s"], "dependsOn": ["a"]}]}""".formatted(PgId.random(), PgId.random());

        operator()
                .body(body)
                .post("/api/v1/plans")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("violations[0].field", equalTo("groups[0].dependsOn"))
                .body("violations[0].message", containsString("a -> b -> a"));
    }

    @Test
    void listsAllPlansPageByPage() {
        List<String> created = new ArrayList<>();
        for (int count = 0; count < 5; count++) {
            created.add(createPlan(chain(PgId.random())));
        }
        List<String> seen = new ArrayList<>();
        String cursor = "";
        while (cursor != null) {
            JsonPath page = as("viewer")
                    .queryParam("limit", 2)
                    .queryParam("cursor", cursor)
                    .get("/api/v1/plans")
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            seen.addAll(page.getList("items.id", String.class));
            cursor = page.getString("nextCursor");
        }

        assertThat(seen).doesNotHaveDuplicates().containsAll(created);
    }

    @ParameterizedTest(name = "{0} {1} as {2} answers {3}")
    @CsvSource({
        "GET, /api/v1/plans, nobody, 401",
        "GET, /api/v1/plans, viewer, 200",
        "POST, /api/v1/plans, viewer, 403",
        "PUT, /api/v1/plans/" + NOBODY + ", viewer, 403",
        "DELETE, /api/v1/plans/" + NOBODY + ", viewer, 403",
        "DELETE, /api/v1/plans/" + NOBODY + ", operator, 400",
        "GET, /api/v1/plans/" + NOBODY + "/preflight, viewer, 404",
        "POST, /api/v1/plans/" + NOBODY + "/runs, viewer, 403",
        "POST, /api/v1/plans/" + NOBODY + "/runs, operator, 404",
        "GET, /api/v1/runs, nobody, 401",
        "GET, /api/v1/runs, viewer, 200",
        "GET, /api/v1/runs/" + NOBODY + ", viewer, 404",
        "GET, /api/v1/runs/" + NOBODY + "/report, viewer, 404",
        "POST, /api/v1/runs/" + NOBODY + "/finish, viewer, 403",
        "POST, /api/v1/runs/" + NOBODY + "/cancel, viewer, 403",
        "POST, /api/v1/runs/" + NOBODY + "/cancel, operator, 404",
        "GET, /api/v1/runs/nonsense, viewer, 400",
        "GET, /api/v1/runs?state=DONE, viewer, 400",
        "GET, /api/v1/runs?cursor=xyz, viewer, 400",
        "GET, /api/v1/runs?limit=0, viewer, 400",
    })
    void letsPassWhoseRoleSuffices(String method, String path, String role, int status) {
        var request = role.equals("nobody") ? given().contentType("application/json") : as(role);
        if (method.equals("POST") || method.equals("PUT")) {
            request.body("{\"mode\": \"TEST\"}");
        }
        request.request(method, path).then().statusCode(status);
    }

    @ParameterizedTest(name = "refuses {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "an empty body|''",
                "null|null",
                "no JSON|{",
                "a list|[]",
                "a text|\"plan\"",
                "an unknown field|{\"name\": \"x\", \"groupz\": []}",
                "an unknown field of a group|{\"name\": \"x\", \"groups\": [{\"nam\": \"a\"}]}",
                "groups that are a number|{\"name\": \"x\", \"groups\": 5}",
                "a null group|{\"name\": \"x\", \"groups\": [null]}",
                "null ids|{\"name\": \"x\", \"groups\": [{\"name\": \"a\", \"pgIds\": [null]}]}",
                "a duration that is none|{\"name\": \"x\", \"groups\": [{\"name\": \"a\", \"pgIds\": [\"" + NOBODY
                        + "\"], \"bootDelay\": \"soon\"}]}",
                "a negative duration|{\"name\": \"x\", \"groups\": [{\"name\": \"a\", \"pgIds\": [\"" + NOBODY
                        + "\"], \"bootDelay\": \"-PT1S\"}]}",
                "a readiness without type|{\"name\": \"x\", \"groups\": [{\"name\": \"a\", \"pgIds\": [\"" + NOBODY
                        + "\"], \"readiness\": {}}]}",
                "trailing text|{\"name\": \"x\", \"groups\": []} more",
            })
    void refusesHostileJson(String what, String body) {
        operator()
                .body(body)
                .post("/api/v1/plans")
                .then()
                .statusCode(400)
                .contentType("application/problem+json")
                .body("code", equalTo("INVALID_REQUEST"));
    }

    @ParameterizedTest(name = "refuses an order with {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "no body|''|INVALID_REQUEST",
                "no mode|{}|RUN_INVALID",
                "an unknown mode|{\"mode\": \"REHEARSE\"}|RUN_INVALID",
                "a mode of later|{\"mode\": \"FAILBACK\"}|MODE_NOT_SUPPORTED",
                "a short expiry|{\"mode\": \"TEST\", \"expiresAfter\": \"PT59S\"}|INVALID_REQUEST",
                "a long expiry|{\"mode\": \"TEST\", \"expiresAfter\": \"PT169H\"}|INVALID_REQUEST",
                "a point of a foreign group|{\"mode\": \"TEST\", \"points\": {\"" + NOBODY
                        + "\": {\"latest\": true}}}|INVALID_REQUEST",
                "a point of no group|{\"mode\": \"TEST\", \"points\": {\"x\": {\"latest\": true}}}|INVALID_REQUEST",
                "a null point|{\"mode\": \"TEST\", \"points\": {\"%s\": null}}|INVALID_REQUEST",
                "an empty point|{\"mode\": \"TEST\", \"points\": {\"%s\": {}}}|INVALID_REQUEST",
                "two points in one|{\"mode\": \"TEST\", \"points\": {\"%s\": {\"latest\": true, \"time\": \"2026-01-01T00:00:00Z\"}}}|INVALID_REQUEST",
                "latest that is false|{\"mode\": \"TEST\", \"points\": {\"%s\": {\"latest\": false}}}|INVALID_REQUEST",
                "a checkpoint that is no id|{\"mode\": \"TEST\", \"points\": {\"%s\": {\"checkpointId\": \"newest\"}}}|INVALID_REQUEST",
                "a time that is none|{\"mode\": \"TEST\", \"points\": {\"%s\": {\"time\": \"noon\"}}}|INVALID_REQUEST",
                "an unknown field|{\"mode\": \"TEST\", \"network\": \"x\"}|INVALID_REQUEST",
            })
    void refusesHostileOrders(String what, String body, String code) {
        PgId pg = PgId.random();
        String plan = createPlan(chain(pg));

        operator()
                .body(body.replace("%s", pg.toString()))
                .post("/api/v1/plans/" + plan + "/runs")
                .then()
                .statusCode(400)
                .body("code", equalTo(code));
    }

    @Test
    void warnsBeforeARunAboutWhatWouldGoWrong() {
        PgId good = JournalStoreControl.group("");
        PgId paused = JournalStoreControl.group("");
        PgId unknown = PgId.random();
        String plan = createPlan(chain(good, paused, unknown));
        announce(good, "PROTECTED");
        announce(paused, "PAUSED");

        JsonPath[] seen = new JsonPath[1];
        Eventually.until("the protection events have arrived", Duration.ofSeconds(60), () -> {
            seen[0] = as("viewer")
                    .get("/api/v1/plans/" + plan + "/preflight")
                    .then()
                    .statusCode(200)
                    .extract()
                    .jsonPath();
            assertThat(seen[0].getList("findings.findAll { it.code == 'GROUP_UNKNOWN' }.pgId", String.class))
                    .containsExactly(unknown.toString());
        });

        assertThat(seen[0].getBoolean("ok")).isFalse();
        assertThat(seen[0].getList("findings.code", String.class))
                .as("the last group depends on the paused one")
                .containsExactly(
                        "GROUP_NOT_PROTECTED",
                        "GROUP_UNKNOWN",
                        "JOURNAL_MISSING",
                        "NEVER_TESTED",
                        "DEPENDENCY_UNPROTECTED");
        assertThat(seen[0].getString("findings[0].pgId")).isEqualTo(paused.toString());
        assertThat(seen[0].getString("findings[0].severity")).isEqualTo("WARNING");
    }

    private void announce(PgId pg, String lifecycle) {
        kafka.producer()
                .send(
                        Topic.PROTECTION_EVENTS,
                        pg.toString(),
                        ProtectionEvent.newBuilder()
                                .setPgId(pg.toString())
                                .setName("group " + lifecycle)
                                .setRevision(1)
                                .setLifecycle(lifecycle)
                                .build())
                .join();
    }

    @Test
    void showsMetersAndHealth() {
        PgId pg = JournalStoreControl.group("");
        String run = Api.orderTest(pg);
        Api.awaitState(run, "READY");
        Api.post("/api/v1/runs/" + run + "/finish").then().statusCode(202);
        Api.awaitState(run, "SUCCEEDED");

        String meters =
                given().get("/q/metrics").then().statusCode(200).extract().asString();
        assertThat(meters)
                .contains("holdfast_recovery_runs{state=\"READY\"")
                .contains("holdfast_recovery_run_transitions_total{state=\"SUCCEEDED\"")
                .containsPattern("holdfast_recovery_step_attempt_seconds_count\\{.*OPEN_SESSION");
        given().get("/q/health/ready").then().statusCode(200).body("checks.name", hasItem("run-executor"));
    }
}
