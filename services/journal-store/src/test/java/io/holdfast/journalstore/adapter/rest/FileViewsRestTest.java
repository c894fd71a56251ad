package io.holdfast.journalstore.adapter.rest;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import io.holdfast.journalstore.adapter.store.JournalStore;
import io.holdfast.journalstore.fixture.JournalTestResource;
import io.holdfast.journalstore.fixture.PolicyMessages;
import io.holdfast.journalstore.fixture.TestAgent;
import io.holdfast.journalstore.fixture.TestGroup;
import io.holdfast.kernel.id.VolumeId;
import io.holdfast.proto.v1.ChangesRecord;
import io.holdfast.testkit.Eventually;
import io.holdfast.testkit.guest.GuestParts;
import io.holdfast.testkit.kafka.KafkaFixture;
import io.holdfast.testkit.quarkus.KafkaTestResource;
import io.holdfast.testkit.quarkus.SecurityTestResource;
import io.holdfast.testkit.security.TestTokens;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Orders of file views through the whole service. What views show is tested in GuestFilesTest, and end to end. */
@QuarkusTest
@QuarkusTestResource(KafkaTestResource.class)
@QuarkusTestResource(SecurityTestResource.class)
@QuarkusTestResource(JournalTestResource.class)
class FileViewsRestTest {
    private static final Duration SOON = Duration.ofSeconds(180);

    private final String prefix = ConfigProvider.getConfig().getValue("holdfast.kafka.topic-prefix", String.class);
    private final KafkaFixture kafka = KafkaFixture.shared();
    private final TestGroup group = new TestGroup().partition(1);
    private final TestAgent agent = group.agent();
    private final VolumeId volume = group.volume(agent, 1 << 20);
    private final UUID point = UUID.randomUUID();
    private final String views = "/api/v1/journals/%s/file-views".formatted(group.pg);
    private final String order = "{\"point\": \"%s\"}".formatted(point);

    @Inject
    JournalStore store;

    @BeforeEach
    void protect() {
        assertThat(GuestParts.appliance()).exists();
        kafka.write(
                prefix + "policies",
                0,
                group.pg.toString(),
                PolicyMessages.of(group).toByteArray());
        Eventually.await(
                "the journal is there",
                SOON,
                () -> as("viewer").get("/api/v1/journals/" + group.pg).statusCode() == 200);
        long micros = System.currentTimeMillis() * 1000;
        changes(agent.batch(TestAgent.syncStarted(volume, micros)));
        changes(agent.batch(TestAgent.filled(volume, 0, 4, 'a', micros), TestAgent.syncCompleted(volume, micros)));
        changes(group.checkpoint(point, micros + 1));
        Eventually.await(
                "the checkpoint is listed",
                SOON,
                () -> as("viewer")
                                .get("/api/v1/journals/%s/checkpoints/%s".formatted(group.pg, point))
                                .statusCode()
                        == 200);
    }

    private void changes(ChangesRecord record) {
        kafka.write(prefix + "changes", 1, group.pg.toString(), record.toByteArray());
    }

    private static RequestSpecification as(String role) {
        return given().auth().oauth2(TestTokens.token("somebody", role));
    }

    private Response open(String role, String key, String body) {
        return as(role).contentType(ContentType.JSON)
                .header("Idempotency-Key", key + group.pg)
                .body(body)
                .post(views);
    }

    private static void assertRefused(int status, String code, Response response) {
        response.then()
                .statusCode(status)
                .contentType("application/problem+json")
                .body("code", equalTo(code));
    }

    private long leases() {
        return store.require(group.pg).leases().count();
    }

    @Test
    void a_view_is_ordered_once_opens_answers_and_gives_its_point_back() {
        String location = open("operator", "one", order)
                .then()
                .statusCode(202)
                .body("state", equalTo("OPENING"))
                .body("checkpointId", equalTo(point.toString()))
                .body("volumes", hasSize(1))
                .extract()
                .header("Location");
        assertThat(open("operator", "one", order).getHeader("Location")).isEqualTo(location);
        assertRefused(
                409, "IDEMPOTENCY_KEY_REUSED", open("operator", "one", order.replace(point.toString(), "latest")));
        assertRefused(409, "FILE_VIEW_NOT_READY", as("operator").get(location + "/entries?path=/"));
        String second =
                open("recovery", "two", order).then().statusCode(202).extract().header("Location");
        assertRefused(507, "FILE_VIEWS_EXHAUSTED", open("operator", "three", order));
        assertThat(leases()).isEqualTo(2);

        as("operator").delete(second).then().statusCode(204);
        as("operator").delete(second).then().statusCode(204);
        assertRefused(404, "FILE_VIEW_NOT_FOUND", as("operator").get(second));
        assertThat(leases()).as("of the view that opens").isEqualTo(1);

        Eventually.await(
                "the view is ready",
                SOON,
                () -> as("operator").get(location).jsonPath().getString("state").equals("READY"),
                () -> as("operator").get(location).asString());
        assertThat(as("operator").get(location + "/file-systems").jsonPath().getList("findAll { it.readable }"))
                .as("the volume has none")
                .isEmpty();
        assertRefused(404, "NO_FILE_SYSTEM", as("operator").get(location + "/entries"));
        assertRefused(404, "NO_FILE_SYSTEM", as("operator").get(location + "/content?path=/etc/passwd"));
        assertRefused(404, "NO_FILE_SYSTEM", as("operator").get(location + "/entries?fileSystem=/dev/vda"));
        given().get("/q/metrics")
                .then()
                .body(containsString("holdfast_journal_file_views 1"))
                .body(containsString("holdfast_journal_file_view_open_seconds_count"));
        as("operator").delete(location).then().statusCode(204);
        assertThat(leases()).isZero();
    }

    @Test
    void a_bad_request_says_what_is_wrong_and_opens_nothing() {
        assertRefused(403, "FORBIDDEN", open("viewer", "v", order));
        assertRefused(403, "FORBIDDEN", as("viewer").get(views));
        assertRefused(
                401,
                "UNAUTHENTICATED",
                given().contentType(ContentType.JSON).body(order).post(views));
        for (String body : List.of("", "null", "[]", "{", "{}", "{\"point\": 1, \"x\": 2}")) {
            assertRefused(400, "INVALID_REQUEST", open("operator", "bad", body));
        }
        assertRefused(400, "POINT_MALFORMED", open("operator", "bad", "{\"point\": \"yesterday\"}"));
        assertRefused(
                404,
                "CHECKPOINT_NOT_FOUND",
                open("operator", "bad", "{\"point\": \"%s\"}".formatted(UUID.randomUUID())));
        assertRefused(
                404,
                "VOLUME_NOT_FOUND",
                open("operator", "bad", order.replace("}", ", \"volumeIds\": [\"%s\"]}".formatted(UUID.randomUUID()))));
        assertRefused(
                404,
                "JOURNAL_NOT_FOUND",
                as("operator")
                        .contentType(ContentType.JSON)
                        .body(order)
                        .post("/api/v1/journals/%s/file-views".formatted(UUID.randomUUID())));
        String unknown = views + "/" + UUID.randomUUID();
        assertRefused(404, "FILE_VIEW_NOT_FOUND", as("operator").get(unknown + "/entries?path=/"));
        assertRefused(400, "INVALID_REQUEST", as("operator").get(views + "/x"));
        assertRefused(400, "INVALID_REQUEST", as("operator").get(unknown + "/content"));
        for (String path : List.of("", "etc", "/a/../b", "/./a", "/a%00b", "/a%5Cz", "/" + "a".repeat(4096))) {
            assertRefused(
                    400,
                    "INVALID_REQUEST",
                    as("operator").urlEncodingEnabled(false).get(unknown + "/content?path=" + path));
        }
        assertRefused(400, "INVALID_REQUEST", as("operator").get(unknown + "/entries?limit=0"));
        assertRefused(400, "INVALID_REQUEST", as("operator").get(unknown + "/entries?cursor=nonsense"));
        as("operator").get(views).then().statusCode(200).body("items", hasSize(0));
        assertThat(leases()).isZero();
    }
}
