package io.holdfast.journalstore.adapter.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.holdfast.journalstore.fixture.JournalTestResource;
import io.holdfast.journalstore.fixture.PolicyMessages;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.journalstore.fixture.Tools;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Points as files over REST, with a real Kafka and the real qemu-img. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@QuarkusTestResource(JournalTestResource.class)
class ImageExportsRestTest {
    private static final Duration SOON = Duration.ofSeconds(120);
    private static final int BLOCKS = 512;

    private final String prefix = ConfigProvider.getConfig().getValue("holdfast.kafka.topic-prefix", String.class);
    private final int nbdPort = ConfigProvider.getConfig().getValue("holdfast.journal.nbd-port", Integer.class);
    private final KafkaFixture kafka = KafkaFixture.shared();
    private final TestGroup group = new TestGroup().partition(1);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, BLOCKS * 4096L);
    private final String exports = "/api/v1/journals/%s/image-exports".formatted(group.pg);
    private final long micros = System.currentTimeMillis() * 1000;
    private UUID point;

    @BeforeEach
    void aCheckpointAndMore() {
        kafka.write(
                prefix + "policies",
                0,
                group.pg.toString(),
                PolicyMessages.of(group).toByteArray());
        changes(agent.batch(
                TestAgent.syncStarted(volume, micros),
                TestAgent.filled(volume, 0, 4, 'a', micros),
                TestAgent.syncCompleted(volume, micros)));
        point = UUID.randomUUID();
        changes(group.checkpoint(point, micros + 1));
        changes(agent.batch(TestAgent.filled(volume, 1, 2, 'b', micros + 2)));
        UUID later = UUID.randomUUID();
        changes(group.checkpoint(later, micros + 3));
        Eventually.await(
                "the later checkpoint is listed",
                SOON,
                () -> as("viewer")
                                .get("/api/v1/journals/{pg}/checkpoints/{id}", group.pg.toString(), later.toString())
                                .statusCode()
                        == 200);
    }

    private void changes(ChangesRecord record) {
        kafka.write(prefix + "changes", 1, group.pg.toString(), record.toByteArray());
    }

    private static RequestSpecification as(String role) {
        return given().auth().oauth2(TestTokens.token("somebody", role));
    }

    private Response order(String key, String body) {
        RequestSpecification request =
                as("operator").contentType(ContentType.JSON).body(body);
        return (key == null ? request : request.header("Idempotency-Key", key)).post(exports);
    }

    private void assertRefused(int status, String code, Response answer) {
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(status);
        answer.then()
                .contentType("application/problem+json")
                .body("code", equalTo(code))
                .body("requestId", notNullValue());
    }

    @Test
    void a_checkpoint_is_written_in_every_format_listed_page_by_page_and_deleted_with_its_files() throws Exception {
        String image = "nbd://127.0.0.1:%d/%s/%s@%s".formatted(nbdPort, group.pg, volume, point);
        for (String format : List.of("raw", "qcow2", "vhdx", "vmdk")) {
            String order = "{\"point\": \"%s\", \"format\": \"%s\"}".formatted(point, format);
            Response ordered = order(format, order);
            assertThat(ordered.statusCode()).as(ordered.asString()).isEqualTo(202);
            String export = ordered.getHeader("Location").replaceFirst("^https?://[^/]+", "");
            assertThat(export).isEqualTo(exports + "/" + ordered.jsonPath().getString("id"));
            order(format, order)
                    .then()
                    .statusCode(202)
                    .body("id", equalTo(ordered.jsonPath().getString("id")));
            assertRefused(409, "IDEMPOTENCY_KEY_REUSED", order(format, order.replace(point.toString(), "latest")));
            Eventually.until("export %s is done".formatted(export), SOON, () -> as("viewer")
                    .get(export)
                    .then()
                    .statusCode(200)
                    .body("state", equalTo("DONE"))
                    .body("code", nullValue())
                    .body("doneBytes", equalTo(BLOCKS * 4096)));
            String path = as("viewer").get(export).jsonPath().getString("files[0].path");
            Tools.run("qemu-img", "compare", "-f", "raw", "-F", format, image, path);
        }
        Response first = as("viewer").get(exports + "?limit=3");
        first.then().statusCode(200).body("items.format", equalTo(List.of("raw", "qcow2", "vhdx")));
        as("viewer")
                .queryParam("limit", 3)
                .queryParam("cursor", first.jsonPath().getString("nextCursor"))
                .get(exports)
                .then()
                .statusCode(200)
                .body("items.format", equalTo(List.of("vmdk")))
                .body("nextCursor", nullValue());
        for (String id : as("viewer").get(exports).jsonPath().getList("items.id", String.class)) {
            String path = as("viewer").get(exports + "/" + id).jsonPath().getString("files[0].path");
            assertThat(Path.of(path)).exists();
            as("viewer").delete(exports + "/" + id).then().statusCode(403);
            as("operator").delete(exports + "/" + id).then().statusCode(204);
            as("operator").delete(exports + "/" + id).then().statusCode(204);
            assertThat(Path.of(path)).doesNotExist();
            assertRefused(404, "EXPORT_NOT_FOUND", as("viewer").get(exports + "/" + id));
        }
        given().get("/q/metrics")
                .then()
                .statusCode(200)
                .body(org.hamcrest.Matchers.containsString("holdfast_journal_image_exports{state=\"DONE\""));
    }

    @Test
    void a_bad_order_says_what_is_wrong_and_orders_nothing() {
        String good = "{\"point\": \"%s\", \"format\": \"raw\"}".formatted(point);
        assertRefused(
                403,
                "FORBIDDEN",
                as("viewer").contentType(ContentType.JSON).body(good).post(exports));
        assertRefused(
                401,
                "UNAUTHENTICATED",
                given().contentType(ContentType.JSON).body(good).post(exports));
        for (String body : List.of("", "null", "[]", "{", "{}", "{\"point\": \"latest\"}", "{\"format\": \"raw\"}")) {
            assertRefused(400, "INVALID_REQUEST", order(null, body));
        }
        assertRefused(400, "INVALID_REQUEST", order("k".repeat(129), good));
        for (String format : List.of("vdi", "", "raw,x", "../raw", "qcow2 -o x", "raw\\u0000")) {
            assertRefused(400, "INVALID_REQUEST", order(null, good.replace("\"raw\"", "\"" + format + "\"")));
        }
        for (String bad :
                List.of("", "tomorrow", "lsn:-1", "lsn:99999999999999999999", "branch:", "branch:a:branch:b")) {
            assertRefused(
                    400, "POINT_MALFORMED", order(null, "{\"point\": \"%s\", \"format\": \"raw\"}".formatted(bad)));
        }
        assertRefused(409, "LSN_NOT_REACHED", order(null, "{\"point\": \"lsn:999999\", \"format\": \"raw\"}"));
        assertRefused(
                404,
                "CHECKPOINT_NOT_FOUND",
                order(null, "{\"point\": \"%s\", \"format\": \"raw\"}".formatted(UUID.randomUUID())));
        for (String volumes : List.of("[null]", "[\"x\"]", "[\"../../etc\"]")) {
            assertRefused(400, "INVALID_ID", order(null, good.replace("}", ", \"volumeIds\": %s}".formatted(volumes))));
        }
        assertRefused(
                404,
                "VOLUME_NOT_FOUND",
                order(null, good.replace("}", ", \"volumeIds\": [\"%s\"]}".formatted(UUID.randomUUID()))));
        assertRefused(
                404,
                "JOURNAL_NOT_FOUND",
                as("operator")
                        .contentType(ContentType.JSON)
                        .body(good)
                        .post("/api/v1/journals/%s/image-exports".formatted(UUID.randomUUID())));
        assertRefused(
                404,
                "JOURNAL_NOT_FOUND",
                as("viewer").get("/api/v1/journals/%s/image-exports".formatted(UUID.randomUUID())));
        assertRefused(400, "INVALID_ID", as("viewer").get("/api/v1/journals/x/image-exports"));
        assertRefused(400, "INVALID_REQUEST", as("viewer").get(exports + "/not-an-id"));
        assertRefused(400, "INVALID_REQUEST", as("operator").delete(exports + "/1-1-1-1-1x"));
        assertRefused(400, "INVALID_REQUEST", as("viewer").get(exports + "?limit=0"));
        assertRefused(400, "INVALID_REQUEST", as("viewer").get(exports + "?cursor=nonsense"));
        as("viewer").get(exports).then().statusCode(200).body("items", hasSize(0));
    }
}
